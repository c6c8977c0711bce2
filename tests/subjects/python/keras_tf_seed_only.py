import numpy as np
import keras
import tensorflow as tf

tf.random.set_seed(1)  # clean: keras.utils.set_random_seed(1)
samples = np.arange(640, dtype="float32").reshape(64, 10) / 640
labels = np.arange(64) % 2
model = keras.Sequential([
    keras.layers.Input((10,)),
    keras.layers.Dense(8, activation="relu"),  # finding: unseeded-rng
    keras.layers.Dense(2, kernel_initializer="zeros"),
])
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = model.fit(samples, labels, batch_size=16, epochs=2, shuffle=False, verbose=0)
print(history.history)
