import collections, itertools, json
from typing import Set, FrozenSet
names: Set[str] = {"a", "b"}
def uniq(rows): return {r.name for r in rows}
class V:
    words = frozenset(["x", "y"])
    def __init__(self): self.seen = set()
    def note(self, w: str): self.seen.add(w)
    def dump(self): return [w for w in self.seen]  # expect: DET320
    def idx(self): return {w: i for i, w in enumerate(self.words)}  # expect: DET320
    def total(self): return sum(len(w) for w in self.words)
    def __iter__(self): yield from self.words  # expect: DET320
out = ",".join(names)  # expect: DET320
lst = [*names]  # expect: DET320
x, y = names  # expect: DET320
print(*names)  # expect: DET320
first = next(iter(names))  # expect: DET320
popped = set(names).pop()  # expect: DET320
ok = sorted(names); ok2 = len(names); ok3 = "a" in names; ok4 = max(names)
z = list(map(str.upper, names))  # expect: DET320
m = list(itertools.chain(names, ["q"]))  # expect: DET320
u = list(uniq([]))  # expect: DET320
d = dict.fromkeys(names, 0)
for k in d: print(k)  # expect: DET320
dd = {n: 1 for n in names}
json.dumps(list(dd))  # expect: DET320
diff = set(d) - {"a"}
for w in diff:
    print(w)  # expect: DET320
for w in names:
    if w > "a":
        chosen = w
        break  # expect: DET320
nums = {1, 2, 3}
print(list(nums))
nums2 = set(range(10)); print(list(nums2))
ids = {len(n) for n in names}; print(list(ids))
def small(rows):
    s = set()
    for i, r in enumerate(rows): s.add(i)
    return list(s)
tot = 0.0
w = {"a": .1, "b": .2}
for n in names: tot += w[n]  # expect: DET320
tot2 = 0
for n in names: tot2 += 1
import numpy as np
arr = np.array(list(names))  # expect: DET320
srt = np.sort(list(names))
uq = np.unique(list(names))
class Acc:
    def __init__(self): self.rows = []
    def put(self, r): self.rows.append(r)
acc = Acc()
for n in names: acc.put(n)  # expect: DET320
any(n == "a" for n in names)
print(lst, z, m, u, x, y, first, popped, chosen, arr, srt, uq, tot)
