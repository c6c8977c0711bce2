import random

import numpy as np
import torch


def seed_everything(seed: int = 0) -> None:
    """As half the scripts of the world have it."""
    random.seed(seed)
    torch.manual_seed(seed)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(seed)


class Augment:
    def __call__(self, x):
        if np.random.random() < 0.5:  # expect: DET303
            x = x.flip(0)
        return x + torch.randn_like(x) * random.random()


def main():
    seed_everything(seed=1)
    return Augment()(torch.zeros(3))


if __name__ == "__main__":
    main()
