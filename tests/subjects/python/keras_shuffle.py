import numpy as np
import keras
import tensorflow as tf

samples = np.arange(640, dtype="float32").reshape(64, 10) / 640
labels = np.arange(64) % 2
pipeline = tf.data.Dataset.from_tensor_slices((samples, labels))
pipeline = pipeline.shuffle(64)  # hazard: unseeded-rng | clean: pipeline = pipeline.shuffle(64, seed=3, reshuffle_each_iteration=False)
pipeline = pipeline.batch(16)
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.layers.Input((10,)), keras.layers.Dense(2)])
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = model.fit(pipeline, epochs=2, verbose=0)
print(history.history)
