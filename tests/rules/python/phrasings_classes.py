"""Attributes of classes, what dataclasses make, scripts that begin with a class of their own."""
import collections
import random
import secrets
import time
from dataclasses import dataclass, field

import numpy as np
import torch


@dataclass
class Config:
    rng: np.random.Generator = field(default_factory=np.random.default_rng)  # expect: DET301
    seeded: np.random.Generator = field(default_factory=lambda: np.random.default_rng(3))
    names: list = field(default_factory=list)
    seed: int = time.time_ns()


generators = collections.defaultdict(random.Random)  # expect: DET301
lists = collections.defaultdict(list)


class Settings:
    seed = secrets.randbits(32)
    fixed = 7


torch.manual_seed(Settings.seed)  # expect: DET304
torch.cuda.manual_seed_all(Config.seed)  # expect: DET304
np.random.seed(Settings.fixed)
random.seed(hash(time.time()))  # expect: DET304


class Vocabulary:
    words = frozenset(["x", "y"])
    ordered = ("x", "y")

    def index(self):
        return {word: i for i, word in enumerate(self.words)}  # expect: DET320

    def numbered(self):
        return {word: i for i, word in enumerate(self.ordered)}

    @classmethod
    def all(cls):
        return list(cls.words)  # expect: DET320


class Trainer:
    def __init__(self):
        self.net = torch.nn.Linear(2, 2).cuda()

    def step(self, x):
        self.net(x).sum().backward()  # expect: DET311


print(Vocabulary().index(), Vocabulary.all(), generators, lists)
trainer = Trainer()
for _ in range(3):
    trainer.step(torch.zeros(1, 2))
