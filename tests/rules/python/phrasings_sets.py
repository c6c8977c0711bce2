"""DET320 by other roads."""
import collections
import itertools
import json
from typing import AbstractSet, FrozenSet

import numpy as np


class Vocabulary:
    tokens: set[str]

    def __init__(self, texts):
        self.tokens = {token for text in texts for token in text.split()}
        self.index = dict(enumerate(self.tokens))  # expect: DET320

    def save(self, path):
        with open(path, "w") as file:
            file.writelines(t + "\n" for t in self.tokens)  # expect: DET320

    def known(self, token):
        return token in self.tokens


def names_of(rows) -> FrozenSet[str]:
    return frozenset(row.name for row in rows)


def roads(rows, left: AbstractSet[str], right: set):
    labels = tuple({r.label for r in rows})  # expect: DET320
    array = np.array(list(names_of(rows)))  # expect: DET320
    text = " ".join(map(str, left & right))  # expect: DET320
    first, *rest = left - right  # expect: DET320
    out = []
    out.extend(left.union(right))  # expect: DET320
    out += [*right]  # expect: DET320
    groups = collections.defaultdict(set)
    for row in rows:
        groups[row.key].add(row.name)
    for key in groups:
        for name in groups[key]:
            out.append((key, name))  # expect: DET320
    print(json.dumps({"labels": list(left)}))  # expect: DET320
    for a, b in itertools.combinations(left, 2):
        out.append(a + b)  # expect: DET320
    return labels, array, text, first, rest, out


def silent(rows, left: set, right: frozenset):
    ordered = sorted({r.label for r in rows}, key=len)
    seen = set()
    unique = [x for x in rows if not (x in seen or seen.add(x))]
    size = sum(1 for _ in left)
    any_long = any(len(x) > 3 for x in left)
    longest = max(left, key=lambda s: (len(s), s))
    copy = {x.lower() for x in left}
    table = {x: len(x) for x in right}
    for x in left:
        table[x] = table.get(x, 0) + 1
        rows.discard(x)
    only, = {1}
    same = set(left) == set(right)
    out = []
    for x in sorted(left | right):
        out.append(x)
    numbers = list(set(range(5)))
    listed = list(left)
    listed.sort(key=str.lower)
    return ordered, unique, size, any_long, longest, copy, table, only, same, out, numbers, listed


def one_each(solvers, make, model, x):
    for solver in set(solvers):
        each = make(solver)
        each.fit(x)
        model.partial_fit(x)  # expect: DET320
