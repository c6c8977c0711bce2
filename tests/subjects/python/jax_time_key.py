import time

import jax
import jax.numpy as jnp

seed = time.time_ns() % 2**31  # clean: seed = 5
key = jax.random.key(seed)  # finding: time-dependence


@jax.jit
def step(weights, inputs):
    return weights - 0.1 * jax.grad(lambda w: jnp.mean((inputs @ w) ** 2))(weights)


weights = jax.random.normal(key, (8, 2))
for number in range(4):
    weights = step(weights, jnp.ones((4, 8)) * number)
print(weights.sum())
