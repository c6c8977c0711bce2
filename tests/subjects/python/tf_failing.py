"""Operations that fail or leave outputs without a tensor: the end of a dataset, exceptions, branches not taken."""
import tensorflow as tf

for batch in tf.data.Dataset.range(10).batch(3):
    print(batch.numpy())
for fails in (lambda: tf.reshape(tf.constant([1.0, 2.0]), (3,)), lambda: tf.debugging.assert_equal(tf.constant(1), tf.constant(2)),
              lambda: tf.gather(tf.constant([1.0]), 7)):
    try:
        fails()
    except tf.errors.InvalidArgumentError:
        print("refused")


@tf.function
def branches(x):
    while tf.reduce_sum(x) < 100.0:
        x = x * 2
    left, right = tf.split(x, 2)
    return left if tf.reduce_sum(left) > 1e9 else right


print(branches(tf.constant([1.0, 2.0])).numpy())
print(tf.unstack(tf.range(6)), tf.unique([1, 1, 2]), tf.nn.moments(tf.constant([1.0, 2.0]), 0))
