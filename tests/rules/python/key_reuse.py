import jax
from jax import random as jr


def twice(key):
    a = jax.random.normal(key, (3,))
    b = jax.random.uniform(key, (3,))  # expect: DET324
    return a + b


def after_split(seed):
    key = jr.key(seed)
    first, second = jr.split(key)
    return jr.normal(first), jr.normal(second), jr.normal(key)  # expect: DET324


def turns(key, n):
    out = []
    for _ in range(n):
        out.append(jr.normal(key))  # expect: DET324
    return out


def clean(key, n, flag):
    key, sub = jr.split(key)
    a = jr.normal(sub)
    if flag:
        return jr.normal(key)
    else:
        b = jr.uniform(key)
    keys = jr.split(jr.key(3), n)
    c = [jr.normal(k) for k in keys]
    d = jr.normal(keys[0]) + jr.normal(keys[1])
    out = []
    state = jr.key(1)
    for i in range(n):
        state, sub = jr.split(state)
        out.append(jr.normal(sub))
        out.append(jr.normal(jr.fold_in(sub, i)))
    return a, b, c, d, out
