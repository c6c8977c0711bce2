import time, os, random, uuid, secrets
import datetime as dt
import numpy as np
import torch
from os import getpid, urandom
SEED = int(time.time())
np.random.seed(SEED % 2**32)  # expect: DET304
random.seed(int.from_bytes(urandom(4), "big"))  # expect: DET304
torch.manual_seed(getpid())  # expect: DET304
g = np.random.default_rng(time.perf_counter_ns())  # expect: DET304
random.seed()  # expect: DET304
random.seed(dt.datetime.now().microsecond)  # expect: DET304
def fresh(): return uuid.uuid4().int & 0xffffffff
torch.manual_seed(fresh())  # expect: DET304
class Cfg:
    seed = secrets.randbits(32)
np.random.default_rng(Cfg.seed)  # expect: DET304
kw = {"seed": time.time_ns()}
np.random.default_rng(**kw)  # expect: DET304
args = type("A", (), {})()
args.seed = int(os.environ.get("SEED", 3))
torch.manual_seed(args.seed)
t0 = time.time()
print("took", time.time() - t0, g)
seed = torch.initial_seed()
s = random.randrange(sys.maxsize) if False else 4
torch.manual_seed(s)
torch.cuda.manual_seed_all(hash(time.time()))  # expect: DET304
