import random

import numpy as np
import torch

from project.reproducible import seed_everything


def main():
    seed_everything(3)
    return torch.rand(2), random.random(), np.random.rand(3)


if __name__ == "__main__":
    main()
