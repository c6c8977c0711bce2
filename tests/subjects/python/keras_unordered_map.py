import numpy as np
import keras
import tensorflow as tf

keras.utils.set_random_seed(1)


def prepare(number):
    work = tf.cast(tf.random.stateless_uniform((), seed=(number, 7)) * 3000, tf.int32)
    total = tf.while_loop(lambda i, _: i < work, lambda i, t: (i + 1, t + 1e-6), (0, 0.0))[1]
    return tf.fill((10,), tf.cast(number, tf.float32) / 64 + total), number % 2


pipeline = tf.data.Dataset.range(64)
pipeline = pipeline.map(prepare, num_parallel_calls=8, deterministic=False)  # hazard: data-order | clean: pipeline = pipeline.map(prepare, num_parallel_calls=8)
model = keras.Sequential([keras.layers.Input((10,)), keras.layers.Dense(2)])
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
for batch, labels in pipeline.prefetch(2).batch(16):
    print(model.train_on_batch(batch, labels))
