import random
import numpy as np
from numpy.random import default_rng as make_generator
import numpy.random as nr

generator = np.random.default_rng()  # expect: DET301
other = make_generator(None)  # expect: DET301
third = nr.RandomState(seed=None)  # expect: DET301
own = random.Random()  # expect: DET301
factory = np.random.default_rng
fourth = factory()  # expect: DET301


def seeded(seed, arguments):
    first = np.random.default_rng(seed)
    second = make_generator(seed=17)
    third = random.Random(7)
    fourth = np.random.default_rng(*arguments)
    return first, second, third, fourth


class Mine:
    def default_rng(self):
        return 4


value = Mine().default_rng()
late = random.Random()
late.seed(4)
