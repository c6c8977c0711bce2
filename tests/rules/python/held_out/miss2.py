import torch as T
from torch import nn
net = nn.Sequential(nn.Linear(4, 4))  # expect: DET302
opt = T.optim.SGD(net.parameters(), lr=.1)
for _ in range(3):
    opt.zero_grad()
    net(T.zeros(2, 4)).sum().backward()
    opt.step()
