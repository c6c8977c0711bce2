"""Asks for the global generator by the name that scikit-learn and SciPy know it by."""
import numpy as np


def fit(random_state=None):
    seed = random_state
    state = np.random.mtrand._rand if seed is None else np.random.RandomState(seed)  # hazard: unseeded-rng | clean: state = np.random.RandomState(5)
    print(np.round(state.normal(size=3), 6))


print(type(np.random.mtrand).__name__, np.random.mtrand._rand is vars(np.random.mtrand)["_rand"])
fit()
