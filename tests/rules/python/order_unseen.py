"""Sets and folders whose order nobody sees, each beside one whose order shows."""
import glob
import math
import os
import sys
import warnings

import numpy as np

BLOCK = 512


def matching(edits, wanted: set[str]):
    shown = "\n".join(text for text, tags in edits if tags & wanted)
    return shown + "\n".join(tag for tag in wanted)  # expect: DET320


def remove(names: set[str]):
    prefixes = tuple(name + "." for name in names)
    print([name for name in sys.modules if name.startswith(prefixes)])
    kept = tuple(name + "." for name in names)  # expect: DET320
    print(kept)


def refuse(names: set[str]):
    if names - {"strict"}:
        unexpected = next(iter(names - {"strict"}))
        raise TypeError(f"got an unexpected argument {unexpected}")
    listed = ", ".join(names)
    warnings.warn(f"passing {listed} is deprecated")
    first = next(iter(names))  # expect: DET320
    told = ", ".join(names)  # expect: DET320
    if told:
        raise ValueError(told)
    return first, told.upper()


def count(storages: set, devices: set, of):
    total = sum(math.ceil(each.nbytes() / BLOCK) * BLOCK for each in storages)
    total += sum(each.nbytes() for each in storages)
    total += sum(each.numel() * each.element_size() for each in storages)
    total += sum(math.ceil(each.nbytes() / BLOCK) * 0.1 for each in storages)  # expect: DET320
    total += sum(each.weight() for each in storages)  # expect: DET320
    known = np.isin(of, list(devices))
    of_each = np.isin(list(devices), of)  # expect: DET320
    return total, known, of_each


def trusted(folder, name):
    known = next(os.walk(folder))[1]
    if name in known:
        return True
    for entry in next(os.walk(folder))[1]:  # expect: DET321
        print(entry)
    return False


def colour(ranks: list[int], pair: tuple[int, ...], names: list[str], mixed: tuple[int, str]):
    ranks = tuple(ranks)
    number = hash(ranks) % 100 + hash(pair) % 100
    number += hash(tuple(names)) % 100  # expect: DET322
    return number + hash(mixed) % 100  # expect: DET322


def newest(folder):
    homes = glob.glob(folder + "/v*")  # expect: DET321
    if len(homes) == 0:
        return None
    found = glob.glob(folder + "/only*")
    if len(found) != 1:
        return None
    return homes[0], found[0]


def thinned(groups: dict, generator):
    kept = set()
    for centre in set(groups.values()):
        if generator.random() < 0.5:  # expect: DET320
            kept.add(centre)
    for centre in sorted(set(groups.values())):
        if generator.random() < 0.5:
            kept.add(centre)
    for centre in set(groups.values()):
        own = np.random.default_rng(len(centre))
        if own.random() < 0.5 or centre.random() < 0.5:
            kept.add(centre)
    return kept


def whole_numbers(rows, used: set[int], more: set):
    """Of which it is told somewhere that they are."""
    used.add(rows.first)
    listed = list(used)
    left = set(range(9))
    left = list(left - more)
    after = [rows[i + 1] for i in more]
    for i in more:
        if i < 0:
            after.append(i)
    return listed, left, after


def enough(names: set, most):
    count = 0
    for name in names:
        if name.isidentifier():
            count += 1
            if count >= most:
                return count
    return 0
