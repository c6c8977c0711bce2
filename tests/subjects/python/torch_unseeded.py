import torch

# clean: torch.manual_seed(1)
model = torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.Dropout(0.5))  # finding: unseeded-rng
print(model(torch.ones(2, 8)).sum().item())
