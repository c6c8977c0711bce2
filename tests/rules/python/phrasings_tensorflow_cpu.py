"""Trains on the CPU alone: no GPU's atomics can be meant."""
import os

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(4)
model = keras.Sequential([keras.layers.Dense(4)])
model.compile("sgd", "mse")
model.fit(np.random.rand(8, 4), np.random.rand(8, 4))
with tf.device("/CPU:0"):
    model.train_on_batch(np.ones((2, 4)), np.ones((2, 4)))
