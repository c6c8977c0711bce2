import tensorflow as tf
tf.random.set_seed(1)
import numpy as np
w = tf.Variable(tf.random.normal([2]))
opt = tf.keras.optimizers.SGD()
def train_step(x):
    with tf.GradientTape() as tape: loss = tf.reduce_sum(w * x)
    opt.apply_gradients(zip(tape.gradient(loss, [w]), [w]))  # expect: DET310
train_step(np.random.rand(2))  # expect: DET303
