import os
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
from keras import Sequential, layers
class Block(keras.layers.Layer):
    def __init__(self, rate):
        super().__init__()
        self.drop = layers.Dropout(rate)  # expect: DET309
        self.noise = layers.GaussianNoise(stddev=0.1, seed=3)
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = [layers.Dense(8) for _ in range(2)]  # expect: DET302
        self.aug = Sequential([layers.RandomRotation(0.1), layers.RandomZoom(0.2, seed=1)])  # expect: DET309
    def call(self, x): return x
def main():
    net = Net()
    Block(.1)
    net.compile(optimizer="adam", loss="mse")
    net.fit([[1.]], [[1.]], epochs=2)  # expect: DET310
main()
