import os
import random
import secrets
import time
import uuid
from datetime import datetime
from time import time as now

import jax
import numpy as np
import torch

random.seed(time.time())  # expect: DET304
np.random.seed(int(now()) % 1000)  # expect: DET304
torch.manual_seed(os.getpid())  # expect: DET304
key = jax.random.PRNGKey(secrets.randbits(32))  # expect: DET304
rng = np.random.default_rng(int.from_bytes(os.urandom(8), "little"))  # expect: DET304
third = random.Random(uuid.uuid4().int)  # expect: DET304
torch.seed()  # expect: DET304
generator = torch.Generator()
generator.seed()  # expect: DET304
system = random.SystemRandom()  # expect: DET304
random.seed()  # expect: DET304
seed = datetime.now().microsecond
split = np.random.RandomState(seed=seed)  # expect: DET304


def fresh():
    return time.time_ns() & 0xffff


def train(data, shuffle):
    random.seed(fresh())  # expect: DET304
    return shuffle(data, random_state=fresh())  # expect: DET304


def clean(data, arguments):
    start = time.time()
    random.seed(arguments.seed)
    generator.manual_seed(11)
    np.random.seed(data.seed())
    name = uuid.uuid4().hex
    return name, time.time() - start, os.getpid()
