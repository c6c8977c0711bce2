import jax
import jax.numpy as jnp
import jax.random as random
key = random.PRNGKey(0)
def init(key):
    w = random.normal(key, (3,))
    k1, k2 = random.split(key, 2)  # expect: DET324
    return w, k1, k2
def scan(key, xs):
    def body(carry, x):
        k, s = carry
        k, sub = random.split(k)
        return (k, s + random.normal(sub)), None
    return jax.lax.scan(body, (key, 0.), xs)
ws = [random.normal(key, (2,)) for _ in range(3)]  # expect: DET324
def br(key, t):
    if t: x = random.normal(key)
    else: x = random.uniform(key)
    return x
def model(params, *, rng):
    noise = random.normal(key=rng)
    drop = random.bernoulli(rng, 0.5)  # expect: DET324
    return noise + drop


def one_of_both(key, other, small):
    a = random.normal(key) if small else random.uniform(key)
    b = random.normal(other) if small else 0
    return a, b, random.normal(other)  # expect: DET324
