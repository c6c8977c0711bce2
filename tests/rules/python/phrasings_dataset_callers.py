"""DET306: functions of a library."""
import tensorflow as tf


class Reader:
    def __init__(self, seed=None):
        self.seed = seed

    def train(self, ds):
        ds = ds.cache()
        return ds.shuffle(100, seed=self.seed).batch(2)

    def unseeded(self, files):
        names = tf.data.Dataset.from_tensor_slices(files)
        return names.shuffle(tf.cast(names.cardinality(), tf.int64)).flat_map(tf.data.TFRecordDataset)  # expect: DET306


def loader(ds: "tf.data.Dataset", buffer_size, seed):
    if seed is None:
        return ds.shuffle(buffer_size)  # expect: DET306
    return ds.shuffle(buffer_size, seed)


def lists(pattern):
    return tf.data.Dataset.list_files(pattern, shuffle=True)  # expect: DET306


class Deck:
    def shuffle(self, n):
        return n


def deal():
    return Deck().shuffle(3)
