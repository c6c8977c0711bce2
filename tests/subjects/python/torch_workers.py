import numpy
import torch
from torch.utils.data import DataLoader, Dataset


class Noisy(Dataset):
    def __len__(self):
        return 16

    def __getitem__(self, index):
        generator = numpy.random.default_rng()  # hazard: unseeded-rng | clean: generator = numpy.random.default_rng(index)
        return torch.from_numpy(generator.normal(size=4)).float()


torch.manual_seed(1)
model = torch.nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for batch in DataLoader(Noisy(), batch_size=8, num_workers=2):
    loss = model(batch).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
