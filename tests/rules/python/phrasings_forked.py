"""Seeds by a context manager, and a state that is restored: silent."""
import contextlib

import numpy as np
import torch


@contextlib.contextmanager
def seeded(seed):
    state = np.random.get_state()
    np.random.seed(seed)
    with torch.random.fork_rng():
        torch.random.manual_seed(seed)
        yield
    np.random.set_state(state)


def main():
    with seeded(3):
        return np.random.rand(2), torch.rand(2)


if __name__ == "__main__":
    main()
