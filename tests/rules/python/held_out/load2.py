import torch
from torch.utils.data import DataLoader
torch.manual_seed(3)
def loaders(ds, workers=4): return DataLoader(ds, shuffle=True, num_workers=workers)  # expect: DET314
def plain(ds): return DataLoader(ds)
def given(ds, g, w): return DataLoader(ds, shuffle=True, num_workers=4, generator=g, worker_init_fn=w)
