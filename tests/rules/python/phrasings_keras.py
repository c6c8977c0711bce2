from tensorflow import keras as K
from tensorflow.keras.layers import Dense, Dropout as Drop, RandomRotation
import tensorflow as tf
def build():
    inputs = K.Input((4,))
    x = Dense(4, activation="relu")(inputs)  # expect: DET302
    x = Drop(rate=.2)(x)  # expect: DET309
    x = RandomRotation(0.1)(x)  # expect: DET309
    return K.Model(inputs, x)
def main():
    m = build()
    m.compile(optimizer="sgd", loss="mse")
    ds = tf.data.Dataset.range(10).map(lambda x: x).shuffle(buffer_size=10)  # expect: DET305
    ds = ds.batch(2).prefetch(1)
    m.fit(ds, epochs=2)  # expect: DET310
if __name__ == '__main__':
    main()
