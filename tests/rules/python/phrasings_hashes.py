"""DET322 by other roads."""
import builtins
import random
from operator import itemgetter

import numpy as np

h = hash


def fold(row, k=5):
    return hash(row["id"]) % k  # expect: DET322


def roads(name: str, rows, table):
    bucket = builtins.hash(name) & 0xFF  # expect: DET322
    path = f"cache/{hash(name):x}.bin"  # expect: DET322
    alias = h(name) % 3  # expect: DET322
    rng = random.Random(hash((name, 3)))  # expect: DET322
    ids = sorted(rows, key=id)  # expect: DET322
    rows.sort(key=lambda r: hash(r))  # expect: DET322
    table[hash(name) % len(table)] += 1  # expect: DET322
    return bucket, path, alias, rng, ids


class Key:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __eq__(self, other):
        return (self.a, self.b) == (other.a, other.b)

    def __hash__(self):
        return hash((self.a, self.b))


def hash_of(x):
    return x


def silent(rows, a: int, key):
    cached = {hash(key): 1}
    same = hash(key) == hash(rows)
    part = hash(a) % 4
    order = sorted(rows, key=itemgetter("id"))
    number = hash_of(a) % 7
    return cached, same, part, order, number


def addresses(rows, table):
    table[id(rows)] = rows
    bucket = id(rows) % 16  # expect: DET322
    np.random.seed(abs(id(table)))  # expect: DET322
    return bucket, f"rows-{id(rows)}", id(rows) == id(table)


def of_elements(numbers: list[int], names: list[str]):
    return [hash(n) % 7 for n in numbers], [hash(n) % 7 for n in names]  # expect: DET322
