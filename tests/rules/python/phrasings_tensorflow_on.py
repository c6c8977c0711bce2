"""Determinism by other roads: silent."""
from tensorflow.config.experimental import enable_op_determinism as exact
import tensorflow.keras as K


class Trainer:
    def setup(self):
        K.utils.set_random_seed(seed=2)
        exact()

    def __call__(self, x):
        net = K.Sequential([K.layers.Dense(1), K.layers.Dropout(rate=0.1)])
        net.compile(optimizer="adam", loss="mse")
        return net.fit(x=x, y=x)


if __name__ == "__main__":
    trainer = Trainer()
    trainer.setup()
    trainer([[1.0]])
