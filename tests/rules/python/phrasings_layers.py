"""DET309 by other roads, in a script that seeds what does not reach it."""
import functools

import keras
from keras import layers as L
from keras.src.layers import GaussianNoise

SEED = 9
drop = functools.partial(L.Dropout, 0.3)


class Block(keras.layers.Layer):
    def __init__(self, rate, seed=None):
        super().__init__()
        self.drop = L.SpatialDropout1D(rate)  # expect: DET309
        self.own = L.AlphaDropout(rate, seed=seed)
        self.noise = GaussianNoise(stddev=0.1)  # expect: DET309
        self.generator = keras.random.SeedGenerator(SEED)


def head():
    return [drop(),  # expect: DET309
            L.RandomFlip("horizontal", seed=SEED), L.Flatten(), L.GaussianDropout(0.1, seed=1)]


if __name__ == "__main__":
    print(Block(0.5), head())
