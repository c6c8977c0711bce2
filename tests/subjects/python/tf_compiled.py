import numpy as np
import tensorflow as tf

weights = tf.Variable(np.linspace(-1, 1, 256, dtype="float32").reshape(32, 8))


@tf.function(jit_compile=True)
def step(samples):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.tanh(samples @ weights) ** 2)
    weights.assign_sub(0.1 * tape.gradient(loss, weights))
    return loss


generator = np.random.default_rng()  # hazard: unseeded-rng | clean: generator = np.random.default_rng(5)
for number in range(6):
    print(number, float(step(generator.normal(size=(16, 32)).astype("float32"))))
