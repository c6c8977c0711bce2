import functools
import jax, jax.numpy as jnp
import numpy as onp
rng = jax.random.PRNGKey(onp.random.randint(0, 100))  # expect: DET302
def layer(params, *, key):
    k = key
    a = jax.random.dropout(k) if False else jax.random.bernoulli(k, .5)
    b = jax.random.normal(k)  # expect: DET324
    return a + b
key, *subs = jax.random.split(rng, 4)
xs = [jax.random.normal(s) for s in subs]
while True:
    y = jax.random.normal(key)
    break
noise = jax.vmap(jax.random.normal)(jnp.stack(subs))
f = functools.partial(jax.random.normal, shape=(3,))
u = f(subs[0]); v = f(subs[1])
w1 = f(key=subs[2]); w2 = f(key=subs[2])  # expect: DET324
print(xs, y, noise, u, v, w1, w2, layer)
