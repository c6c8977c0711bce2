import hashlib
from dataclasses import dataclass
class Split:
    def __init__(self, ratio): self.ratio = ratio
    def fold(self, name: str) -> bool: return (hash(name) & 0xffff) / 0xffff < self.ratio  # expect: DET322
    def cached(self, name):
        digest = str(hash(name))  # expect: DET322
        return open("cache-" + digest)
@dataclass(frozen=True)
class Key:
    name: str
    def bucket(self, n): return hash(self) % n  # expect: DET322
    def shard(self, n): return int(hashlib.md5(self.name.encode()).hexdigest(), 16) % n
def seed_for(names): return [hash(n) % 1000 for n in names]  # expect: DET322
def nums(ids: list[int]): return [hash(i) % 10 for i in ids]
memo = {}
def get(k): memo[hash(k)] = k; return hash(k) in memo
