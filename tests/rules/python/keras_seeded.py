import keras
from keras import layers, ops
keras.utils.set_random_seed(1)
model = keras.Sequential([layers.Dense(2), layers.Dropout(.1)])
model.compile(loss="mse")
import tensorflow as tf
tf.config.experimental.enable_op_determinism()
model.fit([[1.]], [[1.]])
