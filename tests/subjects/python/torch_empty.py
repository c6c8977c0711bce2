import torch

torch.manual_seed(1)
total = torch.empty(64)  # hazard | clean: total = torch.zeros(64)
for _ in range(3):
    total += torch.randn(64)  # finding: uninitialized-memory
print(total.abs().max().item())
