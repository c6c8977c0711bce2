"""Everything is on the CPU: silent."""
import torch
from torch import nn

torch.manual_seed(3)
device = torch.device("cpu")
model = nn.Linear(3, 1).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    loss = model(torch.rand(4, 3, device=device)).mean()
    loss.backward()
    optimizer.step()
