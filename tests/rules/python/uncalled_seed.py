import numpy as np


def set_seed(seed):
    np.random.seed(seed)


def main():
    return np.random.standard_normal(3)  # expect: DET302


main()
