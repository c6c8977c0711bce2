"""Deterministic algorithms that are only asked for: PyTorch warns, and runs the others."""
import torch

torch.manual_seed(3)
torch.use_deterministic_algorithms(True, warn_only=True)  # expect: DET311
model = torch.nn.Linear(4, 4).cuda()
for step in range(3):
    loss = model(torch.ones(2, 4, device="cuda")).sum()
    loss.backward()
