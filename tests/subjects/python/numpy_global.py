import numpy as np


def order(count):
    indices = np.arange(count)
    np.random.shuffle(indices)  # hazard: unseeded-rng | clean: np.random.RandomState(3).shuffle(indices)
    return indices


print(order(32))
