import tensorflow as tf


def pipeline(dataset, seed, deck):
    dataset = dataset.shuffle(1000, seed=seed)
    return dataset.batch(4)


def unseeded(dataset):
    return dataset.shuffle(buffer_size=1000).batch(4)  # expect: DET306


def from_slices(x):
    return tf.data.Dataset.from_tensor_slices(x).repeat().shuffle(16)  # expect: DET306


def by_position(dataset):
    dataset = dataset.shuffle(16, 3, True)  # expect: DET307
    options = dataset.options()
    options.experimental_deterministic = False  # expect: DET308
    return dataset.with_options(options)
