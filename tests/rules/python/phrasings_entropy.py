"""DET304 by other roads."""
import datetime as dt
import os
import random
import time as clock
import uuid
from os import urandom as entropy
from secrets import SystemRandom, token_bytes

import numpy as np
import torch


class Run:
    def __init__(self, seed=None):
        self.seed = seed if seed is not None else int(clock.time())
        np.random.seed(self.seed)  # expect: DET304
        self.id = uuid.uuid4().hex
        self.begin = clock.monotonic()


def keyword(n):
    g = torch.Generator(device="cpu")
    g.manual_seed(seed=clock.time_ns() % n)  # expect: DET304
    torch.random.manual_seed(int(dt.datetime.utcnow().timestamp()))  # expect: DET304
    random.seed(a=entropy(16))  # expect: DET304
    settings = {"seed": int.from_bytes(token_bytes(4), "big")}
    np.random.default_rng(settings["seed"])  # expect: DET304
    rng = SystemRandom()  # expect: DET304
    seed = random.SystemRandom().randint(0, 99)  # expect: DET304
    torch.manual_seed(torch.initial_seed())
    worker = np.random.default_rng(torch.initial_seed() % 2**32)
    return rng, seed, worker


def silent(args, checkpoint):
    random.seed(args.seed or 3)
    np.random.seed(checkpoint["seed"])
    torch.manual_seed(int(os.environ["SEED"]))
    token = token_bytes(8)
    log = f"{dt.datetime.now():%F} {os.getpid()}"
    elapsed = clock.perf_counter()
    return token, log, elapsed, random.Random("fixed")


def by_default(seed=int(clock.time()), *, other=None, fixed=7):
    random.seed(seed)  # expect: DET304
    random.seed(other)
    random.seed(fixed)
