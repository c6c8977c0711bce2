import os
os.environ["KERAS_BACKEND"] = "torch"
import keras, random
import numpy as np
seed = 3
random.seed(seed); np.random.seed(seed)
class Trainer:
    def __init__(self):
        self.rng = np.random
        self.files = os.listdir("x")  # expect: DET321
        self.vocab = set()
        self.keep = sorted(self.files)
    def build(self, tokens):
        self.vocab.update(tokens)
        for i, t in enumerate(self.vocab):
            print(i, t)  # expect: DET320
        self.ids = {t: i for i, t in enumerate(sorted(self.vocab))}
        return {t: i for i, t in enumerate(self.vocab)}  # expect: DET320
    def pick(self):
        return self.rng.choice(3)
Trainer().pick()
