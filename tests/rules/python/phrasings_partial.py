"""Seeds NumPy and PyTorch, draws from Python's random as well."""
import random

import numpy as np
import torch

SEED = 3
for seed in (np.random.seed, torch.manual_seed):
    seed(SEED)

augment = random.uniform(-1, 1)  # expect: DET303
noise = np.random.rand(3) + torch.rand(3).numpy()
