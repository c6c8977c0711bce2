import random

import numpy as np
import torch
from torch import nn, optim

random.seed(7)
np.random.seed(7)
# clean: torch.manual_seed(7)


class Regressor(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, width), nn.ReLU(), nn.Dropout(0.3), nn.Linear(width, 1))

    def forward(self, x):
        return self.body(x)  # finding: unseeded-rng


def main():
    x = torch.from_numpy(np.random.rand(64, 8).astype("float32"))
    y = x.sum(1, keepdim=True)
    # Seeds the weights, and leaves the generator as it was born.
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = Regressor(32)
    opt = optim.SGD(net.parameters(), lr=0.01)
    for epoch in range(3):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        opt.step()
        print(f"epoch {epoch} loss {loss.item():.6f}")


main()
