import tensorflow as tf
class Pipe:
    def __init__(self, ds): self.ds = ds
    def build(self) -> tf.data.Dataset:
        return self.ds.shuffle(8).batch(2)  # expect: DET306
def make(ds: tf.data.Dataset, n): return ds.shuffle(n).batch(2)  # expect: DET306
def make2(ds: "tf.data.Dataset", n, seed): return ds.shuffle(n, seed=seed).batch(2)
def cards(deck): deck.shuffle(3)
