import tensorflow as tf
from tensorflow.keras.layers import Dropout as Drop, RandomFlip, GaussianNoise, Dense
from tensorflow import keras
tf.random.set_seed(3)
def block(rate): return keras.Sequential([Dense(3), Drop(rate), GaussianNoise(0.1)])  # expect: DET309, DET303
aug = RandomFlip("horizontal")  # expect: DET309
aug2 = RandomFlip("horizontal", seed=4)
m = block(.2)
m.compile("sgd", "mse")
m.fit([[1.]], [[1.]])  # expect: DET310
