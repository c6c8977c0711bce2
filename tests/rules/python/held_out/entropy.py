import os, time, random, uuid
import numpy as np
import torch
from datetime import datetime as D
from time import time as now
def make_seed(): return int(now() * 1000) % 2**31
class Run:
    def __init__(self, seed=None):
        self.seed = seed or make_seed()
        torch.manual_seed(self.seed)  # expect: DET304
        self.rng = np.random.RandomState(self.seed)  # expect: DET304
def cli(seed=int(time.time())):
    random.seed(seed)  # expect: DET304
rng = np.random.default_rng(abs(int(D.now().timestamp())))  # expect: DET304
g = torch.Generator(); g.manual_seed(os.getpid())  # expect: DET304
np.random.seed(int(str(uuid.uuid4().int)[:9]))  # expect: DET304
ss = np.random.SeedSequence(entropy=int.from_bytes(os.urandom(16), "big"))  # expect: DET304
stamp = time.strftime("%Y"); out = open(f"log-{stamp}.txt", "w")
seed = int(os.environ.get("SEED", "0")); random.seed(seed)
print(rng, g, ss, out)
