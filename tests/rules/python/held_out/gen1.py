import numpy as np
import random as _r
from numpy import random as npr
from numpy.random import Generator, PCG64, default_rng as mk
from functools import partial
from dataclasses import dataclass, field
make = partial(np.random.default_rng)
@dataclass
class Config:
    rng: np.random.Generator = field(default_factory=np.random.default_rng)  # expect: DET301
    seeded: np.random.Generator = field(default_factory=lambda: np.random.default_rng(3))
class Sampler:
    gen = mk()  # expect: DET301
    def __init__(self, seed=None):
        self.g = Generator(PCG64())  # expect: DET301
        self.h = npr.RandomState()  # expect: DET301
        self.r = _r.Random()  # expect: DET301
        self.ok = mk(seed if seed is not None else 0)
        self.pass_through = mk(seed)
def build(kind="default_rng"):
    return getattr(np.random, kind)(5)
a = make()  # expect: DET301
b = mk(None)  # expect: DET301
c = np.random.default_rng(seed=None)  # expect: DET301
d = np.random.default_rng(*[4])
e = np.random.default_rng(**{"seed": 4})
f = (lambda: mk())()  # expect: DET301
g = np.random.default_rng(np.random.SeedSequence())  # expect: DET301
h = np.random.default_rng(np.random.SeedSequence(4))
i = np.random.default_rng(np.random.MT19937(7))
j = _r.SystemRandom()  # expect: DET304
print(a.random(), b.random(), c.random(), d, e, f.random(), g.random(), h.random(), i.random(), build())
