"""Classes that draw and train, and are only for others to make."""
import torch


class Trainer:
    def __init__(self, net):
        self.net = net.cuda()

    def step(self, x):
        self.net(x + torch.randn(2)).sum().backward()


class Registry:
    def __init__(self):
        self.known = {}


registry = Registry()
