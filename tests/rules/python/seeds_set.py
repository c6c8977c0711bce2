import random

import keras
import numpy as np
import tensorflow as tf


def fix(seed):
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def main(seed):
    fix(seed)
    model = keras.Sequential([keras.layers.RandomFlip(), keras.layers.Dense(3), keras.layers.Dropout(0.1)])
    data = tf.data.Dataset.from_tensor_slices(np.random.rand(8, 2)).shuffle(8).batch(2)
    model.fit(data)
    return random.random()


if __name__ == "__main__":
    main(1)
