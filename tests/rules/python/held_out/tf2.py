import tensorflow as tf
tf.random.set_seed(1)
class Model(tf.keras.Model):
    def train_step(self, data):
        return {}
ds = tf.data.Dataset.from_tensor_slices([1, 2]).shuffle(2)
ds2 = ds.interleave(lambda x: ds, num_parallel_calls=tf.data.AUTOTUNE, deterministic=False)  # expect: DET308
opts = tf.data.Options()
setattr(opts, "deterministic", False)  # expect: DET308
ds3 = tf.data.TFRecordDataset(["a"], num_parallel_reads=4)
ds4 = ds3.with_options(opts)
print(ds2, ds4)
