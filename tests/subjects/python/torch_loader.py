import torch
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
samples = TensorDataset(torch.arange(64.0).reshape(32, 2), torch.arange(32))
order = torch.Generator()
order.seed()  # hazard | clean: order.manual_seed(2)
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
for inputs, _ in DataLoader(samples, batch_size=8, shuffle=True, generator=order):  # finding: unseeded-rng
    loss = model(inputs).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
