import numpy as np
import keras

keras.utils.set_random_seed(1)
noise = np.random.default_rng()  # hazard: unseeded-rng | clean: noise = np.random.default_rng(5)
samples = noise.random((64, 10), dtype="float32")
labels = np.arange(64) % 2
model = keras.Sequential([keras.layers.Input((10,)), keras.layers.Dense(2)])
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = model.fit(samples, labels, batch_size=16, epochs=2, verbose=0)
print(history.history)
