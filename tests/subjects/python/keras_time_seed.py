import time as clock

import keras


def prepare(number):
    keras.utils.set_random_seed(number)  # finding: time-dependence


prepare(int(clock.time()))  # clean: prepare(5)
print(float(keras.random.normal((4,)).numpy().sum()))
