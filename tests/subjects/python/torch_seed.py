import torch

torch.seed()  # hazard: unseeded-rng | clean: torch.manual_seed(1)
model = torch.nn.Linear(8, 4)
print(model(torch.ones(2, 8)).sum().item())
