import time

import numpy as np


def generator():
    seed = int(time.time())  # clean: seed = 7
    return np.random.default_rng(seed)  # finding: time-dependence


print(generator().normal(size=3))
