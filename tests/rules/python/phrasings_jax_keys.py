"""DET324 by other roads."""
import functools

import jax
from jax import random
from jax.random import normal, split, key as new_key


class Model:
    def __init__(self, key):
        self.key = key
        self.w = random.normal(self.key, (3,))
        self.b = random.normal(self.key, (1,))  # expect: DET324


def dropout(rng, x):
    mask = jax.random.bernoulli(rng, p=0.5, shape=x.shape)
    noise = jax.random.normal(key=rng, shape=x.shape)  # expect: DET324
    return x * mask + noise


def loop(seed):
    key = new_key(seed)
    total = 0.0
    while total < 3:
        total += normal(key)  # expect: DET324
    return total


@functools.partial(jax.jit, static_argnums=1)
def keeps(key, n):
    key, *subs = split(key, n + 1)
    out = [normal(s) for s in subs]
    for i in range(n):
        key, sub = split(key)
        out.append(normal(sub))
    out.append(normal(random.fold_in(key, 1)))
    out.append(normal(random.fold_in(key, 2)))
    return out


def branches(key, flag):
    if flag:
        return normal(key)
    return random.uniform(key)


def data(rng, state):
    def body(carry, _):
        rng, total = carry
        rng, sub = split(rng)
        return (rng, total + normal(sub)), None

    return jax.lax.scan(body, (rng, state), None, length=3)


def early(key, n):
    if n == 0:
        x = normal(key)
        return x
    k1, k2 = split(key)
    a = normal(k1)
    k1 = k2
    return a + normal(k1)
