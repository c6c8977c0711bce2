"""DET301: generators without a seed, by other roads; each function takes its seed where it says so."""
import functools
import random as _random
from random import Random
from typing import Optional

import numpy as np
from numpy import random as npr
from numpy.random import Generator, PCG64, MT19937, SeedSequence


class Sampler:
    def __init__(self, rng=None, seed: Optional[int] = None):
        self.rng = rng or npr.default_rng()  # expect: DET301
        self.seeded = npr.default_rng(seed)
        self.bits = Generator(PCG64())  # expect: DET301
        self.old = np.random.Generator(bit_generator=MT19937())  # expect: DET301
        self.words = np.random.default_rng(SeedSequence())  # expect: DET301


class Shuffler(Random):
    pass


def roads(config):
    make = functools.partial(np.random.default_rng)
    first = make()  # expect: DET301
    second = functools.partial(np.random.RandomState, config["seed"])()
    third = Random(x=None)  # expect: DET301
    fourth = {"rng": npr.RandomState()}  # expect: DET301
    many = [np.random.default_rng() for _ in range(4)]  # expect: DET301
    factory = lambda: _random.Random()  # expect: DET301
    own = Shuffler()  # expect: DET301
    return first, second, third, fourth, many, factory, own


def silent(config, rng=np.random.default_rng(0), **options):
    seed = 17
    first = npr.default_rng(seed=seed)
    second = Generator(PCG64(seed))
    third = np.random.default_rng(SeedSequence(config.seed).spawn(1)[0])
    fourth = Random(f"{seed}")
    fifth = np.random.RandomState(**options)
    sixth = npr.default_rng([seed, 3])
    state = npr.RandomState()
    state.set_state(config.state)
    seventh = Shuffler(4)
    return first, second, third, fourth, fifth, sixth, state, seventh, rng
