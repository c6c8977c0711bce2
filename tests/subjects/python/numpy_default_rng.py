import numpy as np

np.random.seed(7)
noise = np.random.default_rng()  # hazard: unseeded-rng | clean: noise = np.random.default_rng(7)
weights = np.random.normal(size=16) + noise.normal(size=16)
print(weights.sum())
