import zlib
def bucket(name: str, n=10): return hash(name) % n  # expect: DET322
class K:
    def __init__(self, a): self.a = a
    def __hash__(self): return hash((self.a, "k"))
seed = abs(hash("exp-1")) % 2**32  # expect: DET322
h = "x".__hash__() % 4  # expect: DET322
f = hash
g = f("abc") & 7  # expect: DET322
ok = hash(3) % 2; ok2 = hash((1, 2)) % 7; ok3 = zlib.crc32(b"x")
same = hash("a") == hash("b")
fn = f"cache_{hash('cfg')}.pkl"  # expect: DET322
objs = sorted([K(1), K(2)], key=id)  # expect: DET322
objs2 = sorted(["a", "b"], key=hash)  # expect: DET322
table = {hash("a"): 1}
ids = id(objs) % 16  # expect: DET322
print(seed, g, fn, bucket("a"), h, ids)
from functools import partial
