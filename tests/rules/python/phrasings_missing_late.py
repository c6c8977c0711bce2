import random

import numpy as np


def seed_all(seed):
    random.seed(seed)
    np.random.seed(seed)


def main(args):
    rows = np.random.permutation(10)  # expect: DET303
    seed_all(args)
    return rows, np.random.rand()


main(3)
