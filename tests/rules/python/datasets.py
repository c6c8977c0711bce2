import tensorflow as tf
from tensorflow.data import Dataset

files = tf.data.Dataset.list_files("*.tfrecord")  # expect: DET305
data = Dataset.from_tensor_slices([1, 2, 3])
data = data.cache().shuffle(1024)  # expect: DET305
data = data.map(abs, num_parallel_calls=tf.data.AUTOTUNE, deterministic=False)  # expect: DET308
data = data.interleave(Dataset.from_tensors, cycle_length=4, num_parallel_calls=2, deterministic=False)  # expect: DET308
options = tf.data.Options()
options.deterministic = False  # expect: DET308
options.experimental_deterministic = False  # expect: DET308
data = data.with_options(options)
repeating = data.shuffle(64, seed=2, reshuffle_each_iteration=True)  # expect: DET307
images = tf.keras.utils.image_dataset_from_directory("images")  # expect: DET305

clean = Dataset.range(8).shuffle(8, seed=3)
clean = clean.shuffle(8, 5, reshuffle_each_iteration=False).map(abs, num_parallel_calls=4, deterministic=True)
ordered = tf.data.Dataset.list_files("*", shuffle=False)
seeded = tf.data.Dataset.list_files("*", seed=3)
images = tf.keras.utils.image_dataset_from_directory("images", shuffle=False)
settings = tf.data.Options()
settings.deterministic = True
for batch in clean:
    print(batch)
model = tf.keras.Sequential()
model.fit(clean)  # expect: DET310
