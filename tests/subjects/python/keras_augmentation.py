import numpy as np
import keras

samples = np.arange(16 * 64, dtype="float32").reshape(16, 8, 8, 1) / 1024
labels = np.arange(16) % 2
augment = keras.layers.RandomRotation(0.2)  # hazard: unseeded-rng | clean: augment = keras.layers.RandomRotation(0.2, seed=4)
keras.utils.set_random_seed(1)
model = keras.Sequential([
    keras.layers.Input((8, 8, 1)),
    augment,
    keras.layers.Flatten(),
    keras.layers.Dense(2),
])
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = model.fit(samples, labels, batch_size=8, epochs=2, shuffle=False, verbose=0)
print(history.history)
