"""Determinism by other roads: silent. DET312 by other roads."""
import torch
from torch.backends import cudnn as dnn
import torch.backends

torch.manual_seed(2)
torch.set_deterministic_debug_mode("error")
dnn.benchmark = False
FAST = True
settings = dict(benchmark=True, deterministic=False)
torch.backends.cudnn.benchmark = FAST  # expect: DET312
with torch.backends.cudnn.flags(**settings):  # expect: DET312
    pass
with dnn.flags(enabled=True, benchmark=False, deterministic=True):
    model = torch.nn.Linear(2, 1).cuda()
    model(torch.rand(2, 2).cuda()).sum().backward()
torch.backends.cudnn.benchmark_limit = 10
benchmark = True
