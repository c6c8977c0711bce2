"""An installed library makes a generator of its own, and asks whether the global one has a seed."""
import os
import sys

os.makedirs("site-packages", exist_ok=True)
with open("site-packages/fitting.py", "w") as library:
    library.write("""
import numpy as np


def globally_seeded():
    return np.random.mtrand._rand._bit_generator._seed_seq is None


def fit(seed=None):
    return np.random.default_rng(seed).normal(size=3)
""")
sys.path.insert(0, os.path.abspath("site-packages"))

import fitting  # noqa: E402

print(fitting.globally_seeded())
print(fitting.fit().round(6))  # hazard: unseeded-rng | clean: print(fitting.fit(5).round(6))
