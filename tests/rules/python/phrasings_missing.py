"""DET302 by other roads."""
from random import choice as pick, shuffle
import numpy.random
import torch as th
import torch.nn.functional as F
from torch.nn import init

import tensorflow as tf


class Noise:
    def __call__(self, x):
        return x + th.empty(3).normal_()  # expect: DET302

    @staticmethod
    def numpy(n):
        draw = numpy.random.uniform
        return draw(size=n)  # expect: DET302


def main():
    items = [1, 2, 3]
    shuffle(items)  # expect: DET302
    w = tf.Variable(tf.random.normal((3, 3)))  # expect: DET302
    return pick(items), Noise()(1), Noise.numpy(3), w


if "__main__" == __name__:
    main()
