import numpy as np

generator = np.random.default_rng()  # hazard: unseeded-rng | clean: generator = np.random.default_rng(4)
state = np.random.RandomState(3)
print(generator.normal() + state.normal())
