"""A small convolutional network in Keras on the CPU; writes the seconds of each step to the file named last.

usage: keras_training.py [--width N (32)] [--batch N (64)] [--steps N (60)] [--describe] TIMES
"""
import argparse
import time

start = time.perf_counter()
import keras
import numpy as np

imported = time.perf_counter() - start
parser = argparse.ArgumentParser()
parser.add_argument("--width", type=int, default=32)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--steps", type=int, default=60)
parser.add_argument("--describe", action="store_true")
parser.add_argument("times")
asked = parser.parse_args()

keras.utils.set_random_seed(1)
layers = keras.layers
model = keras.Sequential([
    layers.Input((32, 32, 3)),
    layers.Conv2D(asked.width, 3, padding="same", activation="relu"),
    layers.BatchNormalization(),
    layers.MaxPooling2D(),
    layers.Conv2D(2 * asked.width, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(4 * asked.width, activation="relu"),
    layers.Dropout(0.3),
    layers.Dense(10),
])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
if asked.describe:
    print(f"convolutions {asked.width} and {2 * asked.width} wide, {model.count_params()} parameters, "
          f"32x32x3 images, batch {asked.batch}; imports took {imported:.2f} s")
    raise SystemExit
generator = np.random.default_rng(1)
images = generator.random((asked.batch * asked.steps, 32, 32, 3), dtype="float32")
labels = generator.integers(0, 10, len(images))


class Times(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.seconds, self.last = [], time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        self.seconds.append(now - self.last)
        self.last = now


times = Times()
model.fit(images, labels, batch_size=asked.batch, shuffle=False, verbose=0, callbacks=[times])
with open(asked.times, "w") as file:
    file.write(f"{imported}\n" + "\n".join(str(each) for each in times.seconds[10:]))
