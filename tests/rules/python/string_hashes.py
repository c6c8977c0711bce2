import numpy as np


def split(name, rows):
    bucket = hash(name) % 10  # expect: DET322
    seed = abs(hash(f"{name}/train"))  # expect: DET322
    np.random.seed(hash(name))  # expect: DET322
    part = name.__hash__() & 1  # expect: DET322
    order = sorted(rows, key=hash)  # expect: DET322
    return bucket, seed, part, order


class Point:
    def __init__(self, x):
        self.x = x

    def __hash__(self):
        return hash(("Point", self.x)) % 97


def clean(a, b, n: int):
    return hash(a) == hash(b), hash(n) % 10, hash(3) % 2


def _hash_bucket(key):
    return hash(key) % 32  # expect: DET322
