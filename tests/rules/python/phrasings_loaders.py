"""DET313, in a script that seeds nothing of PyTorch's."""
import functools

import torch
from torch.utils.data import DataLoader as Loader, RandomSampler, SubsetRandomSampler, WeightedRandomSampler
from torch.utils.data.dataset import random_split as split


class Data(torch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        return i


def loaders(workers):
    data = Data()
    train, test = split(data, lengths=[3, 1])  # expect: DET313
    make = functools.partial(Loader, batch_size=2)
    first = make(train, shuffle=True)  # expect: DET313
    config = dict(batch_size=4, shuffle=True, pin_memory=True)
    second = torch.utils.data.DataLoader(train, **config)  # expect: DET313
    third = Loader(test, 2, True)  # expect: DET313
    fourth = Loader(train, sampler=RandomSampler(train))  # expect: DET313
    fifth = Loader(train, sampler=WeightedRandomSampler([1, 2, 3], 3))  # expect: DET313
    gen = torch.Generator()
    gen.manual_seed(4)
    sixth = Loader(train, shuffle=True, generator=gen)
    seventh = Loader(train, sampler=RandomSampler(train, generator=gen))
    eighth = Loader(test, 4, False)
    ninth = Loader(dataset=test)
    return first, second, third, fourth, fifth, sixth, seventh, eighth, ninth


if __name__ == "__main__":
    loaders(2)
