import numpy as np
import tensorflow as tf
tf1 = tf.compat.v1
tf1.disable_eager_execution()
tf1.set_random_seed(1)
x = tf1.placeholder(tf.float32, (None, 4))
w = tf1.get_variable("w", (4, 3), initializer=tf1.glorot_uniform_initializer())
loss = tf1.reduce_mean((x @ w) ** 2)
step = tf1.train.GradientDescentOptimizer(0.1).minimize(loss)
with tf1.Session() as session:
    session.run(tf1.global_variables_initializer())
    for i in range(5):
        _, value = session.run([step, loss], {x: np.full((6, 4), i + 1, "float32")})
        print(i, value)
