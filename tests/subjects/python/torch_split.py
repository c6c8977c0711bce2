import torch
from torch.utils.data import TensorDataset, random_split

samples = TensorDataset(torch.arange(64.0).reshape(64, 1) / 64, torch.arange(64.0) / 64)
train, _ = random_split(samples, [48, 16])  # hazard: unseeded-rng | clean: train, _ = random_split(samples, [48, 16], torch.Generator().manual_seed(3))
model = torch.nn.utils.skip_init(torch.nn.Linear, 1, 1)
with torch.no_grad():
    model.weight.fill_(0.1)
    model.bias.zero_()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for position, target in train:
    loss = (model(position) - target).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(model.weight.item())
