import tensorflow as tf
from tensorflow.data import Dataset as DS, Options
from functools import partial
buf = partial(DS.shuffle, buffer_size=10)
d = DS.range(10)
d1 = d.shuffle(10)  # expect: DET305
d2 = d.shuffle(10, 7, False)
d3 = d.shuffle(buffer_size=10, seed=None)  # expect: DET305
d4 = buf(d)  # expect: DET305
kw = dict(buffer_size=10, seed=3)
d5 = d.shuffle(**kw)
d6 = DS.list_files("*.x")  # expect: DET305
d7 = DS.list_files("*.x", shuffle=False)
d8 = tf.keras.utils.image_dataset_from_directory("x")  # expect: DET305
d9 = tf.keras.utils.image_dataset_from_directory("x", shuffle=False)
d10 = d.shuffle(10, seed=1, reshuffle_each_iteration=True)  # expect: DET307
d11 = d.map(lambda x: x, num_parallel_calls=tf.data.AUTOTUNE, deterministic=False)  # expect: DET308
o = Options(); o.deterministic = False  # expect: DET308
o2 = tf.data.Options(); o2.experimental_deterministic = False  # expect: DET308
d12 = d.with_options(o).interleave(lambda x: DS.range(3), cycle_length=2, num_parallel_calls=2)
kw2 = {"deterministic": False}
d13 = d.map(lambda x: x, **kw2)  # expect: DET308
FAST = False
d14 = d.map(lambda x: x, num_parallel_calls=2, deterministic=FAST)  # expect: DET308
d15 = d.map(lambda x: x, num_parallel_calls=2, deterministic=not FAST)
d16 = d.apply(tf.data.experimental.shuffle_and_repeat(10))  # expect: DET305
d17 = d.apply(tf.data.experimental.parallel_interleave(lambda x: x, 2, sloppy=True))  # expect: DET308
import random
random.Random(3).shuffle([1, 2])
