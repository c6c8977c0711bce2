"""DET305, 307, 308 by other roads; an error of its own each."""
import functools
import random

import tensorflow as tf
from tensorflow import data as tfd
from tensorflow.data import Options as Opts, AUTOTUNE
import tensorflow_datasets as tfds
from tensorflow.keras.preprocessing import image_dataset_from_directory as folder

Dataset = tfd.Dataset


def parse(x):
    return x


def pipeline(pattern, *, buffer=100):
    return (Dataset.list_files(file_pattern=pattern)  # expect: DET305
            .interleave(tf.data.TFRecordDataset, num_parallel_calls=AUTOTUNE,  # expect: DET308
                        deterministic=False)
            .map(parse, AUTOTUNE)
            .shuffle(buffer)  # expect: DET305
            .batch(8))


class Input:
    def __init__(self):
        self.options = Opts()
        self.options.deterministic = False  # expect: DET308

    def __call__(self, ds: tf.data.Dataset):
        kwargs = dict(buffer_size=10)
        ds = ds.shuffle(**kwargs)  # expect: DET305
        return ds.with_options(self.options).shuffle(9, seed=5)


if __name__ == "__main__":
    train = pipeline("*.rec")
    more = Input()(train)
    builder = tfds.load("mnist", split="train", shuffle_files=True)  # expect: DET308
    images = folder("images", image_size=(8, 8))  # expect: DET305
    old = train.apply(tf.data.experimental.parallel_interleave(parse, cycle_length=2, sloppy=True))  # expect: DET308
    again = train.shuffle(64, 2, reshuffle_each_iteration=True)  # expect: DET307
    fixed = folder("images", seed=4)
    still = tfds.load("mnist", shuffle_files=False)
    cards = ["a", "b"]
    deck = {"shuffle": cards}
    print(more, builder, images, old, again, fixed, still, deck)


def unbound():
    """The method as a function of its class, settings by name, other things that shuffle."""
    data = tf.data.Dataset.range(9)
    mix = functools.partial(tf.data.Dataset.shuffle, buffer_size=4)
    one = mix(data)  # expect: DET305
    two = mix(data, seed=3)
    three = tf.data.Dataset.shuffle(data, 4, 3)
    four = data.apply(tf.data.experimental.shuffle_and_repeat(4))  # expect: DET305
    five = data.map(str, num_parallel_calls=2, deterministic=IN_ORDER)  # expect: DET308
    six = data.map(str, num_parallel_calls=2, deterministic=not IN_ORDER)
    random.Random(3).shuffle([1, 2])
    return one, two, three, four, five, six


def cards(deck):
    deck.shuffle(3)


IN_ORDER = False
print(unbound(), cards)

options = tf.data.Options()
setattr(options, "deterministic", False)  # expect: DET308
setattr(options, "deterministic", True)
