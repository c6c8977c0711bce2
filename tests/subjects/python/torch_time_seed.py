import time

import torch

torch.manual_seed(int(time.time() * 1e6))  # hazard: time-dependence | clean: torch.manual_seed(1)
print(torch.nn.Linear(8, 4).weight.sum().item())
