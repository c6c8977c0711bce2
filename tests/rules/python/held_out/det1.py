import torch
from torch import nn
import random
torch.manual_seed(0)
class Trainer:
    def __init__(self): self.net = nn.Linear(2, 2).cuda()
    def step(self, x):
        loss = self.net(x).sum()
        loss.backward()  # expect: DET311
Trainer().step(torch.zeros(1, 2))
