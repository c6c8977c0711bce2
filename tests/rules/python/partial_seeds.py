import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

tf.random.set_seed(7)
tf.config.experimental.enable_op_determinism()
x = np.random.rand(64, 8)  # expect: DET303
model = tf.keras.Sequential([
    layers.Dense(16),  # expect: DET303
    layers.Dropout(0.5),  # expect: DET309
    layers.Dropout(0.5, seed=3),
    layers.Dense(1),
])
model.compile("adam", "mse")
model.fit(x, x[:, 0])
