import jax
import jax.random as jr
from jax import random
from jax.random import PRNGKey, split, normal as N
k = PRNGKey(0)
a = N(k, (3,))
b = jr.uniform(k)  # expect: DET324
k1, k2 = split(k)  # expect: DET324
c = N(k1); d = N(k2)
def init(key):
    w = random.normal(key, (3,))
    bb = random.normal(key, (3,))  # expect: DET324
    return w, bb
def ok(key):
    key, s = random.split(key)
    w = random.normal(s, (3,))
    key, s = random.split(key)
    return w, random.normal(s, (2,))
def loop(key):
    out = []
    for i in range(3): out.append(random.normal(key))  # expect: DET324
    return out
def fold(key): return [random.normal(random.fold_in(key, i)) for i in range(3)]
ks = random.split(random.key(4), 3)
e = [random.normal(q) for q in ks]
f = random.normal(ks[0]) + random.normal(ks[1])
class M:
    def __init__(self, key): self.key = key
    def a(self):
        x = random.normal(self.key)
        return x + random.uniform(self.key)  # expect: DET324
def branch(key, t):
    if t: return random.normal(key)
    return random.uniform(key)
print(jax, a, b, c, d, e, f)
