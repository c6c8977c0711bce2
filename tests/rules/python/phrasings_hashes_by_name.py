"""`hash` by other names."""
import functools
import hashlib
from functools import partial as bind

stable = functools.partial(hashlib.md5)
number = functools.partial(hash)
digest = hash


def shard(name, n):
    return number(name) % n  # expect: DET322


def shard_by_alias(name, n):
    return digest(name) & (n - 1)  # expect: DET322


def shard_in_place(name, n):
    return bind(hash)(name) % n  # expect: DET322


def total(names):
    return sum(map(hash, names)) % 8  # expect: DET322


def shards(names):
    return [h % 8 for h in map(hash, names)]  # expect: DET322


def ordered(names):
    return sorted(names, key=bind(hash)), sorted(names, key=str.__hash__)  # expect: DET322


def first(names):
    return min(names, key=digest)  # expect: DET322


def right(names, numbers: list[int]):
    seen = set(map(hash, names))
    same = list(map(hash, names)) == list(map(hash, sorted(names)))
    whole = sum(map(hash, numbers)) % 8
    three = sum(map(hash, [1, 2, 3])) % 8
    crc = [int(stable(name.encode()).hexdigest(), 16) % 8 for name in names]
    by_length = sorted(names, key=functools.partial(len))
    return len(seen), same, whole, three, crc, by_length
