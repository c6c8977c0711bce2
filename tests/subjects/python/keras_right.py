import numpy as np
import keras
import tensorflow as tf

keras.utils.set_random_seed(1)
tf.config.experimental.enable_op_determinism()
images = np.random.default_rng(2).random((64, 8, 8, 1), dtype="float32")
labels = np.arange(64) % 4
pipeline = tf.data.Dataset.from_tensor_slices((images, labels))
pipeline = pipeline.shuffle(64, seed=3, reshuffle_each_iteration=False)
pipeline = pipeline.map(lambda image, label: (image * 2 - 1, label), num_parallel_calls=4)
pipeline = pipeline.batch(16).prefetch(2)
model = keras.Sequential([
    keras.layers.Input((8, 8, 1)),
    keras.layers.RandomFlip(),
    keras.layers.Conv2D(4, 3, activation="relu"),
    keras.layers.BatchNormalization(),
    keras.layers.Flatten(),
    keras.layers.Dropout(0.3),
    keras.layers.Dense(4),
])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
history = model.fit(pipeline, epochs=3, verbose=0)
print(history.history)
print(model.predict(images[:4], verbose=0))
