import random as rnd

import numpy
import torch
from numpy.random import permutation
from torch import nn


def batches(data):
    order = permutation(len(data))  # expect: DET302
    return [data[i] for i in order]


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 2)  # expect: DET302
        self.noise = torch.randn(2)


def augment(image):
    if rnd.random() < 0.5:  # expect: DET302
        return image[::-1]
    return numpy.random.normal() * image


if __name__ == "__main__":
    print(batches([1, 2]), Network(), augment([1]))
