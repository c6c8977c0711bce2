from typing import Set

words = {"a", "b", "c"}
vocabulary = {word: i for i, word in enumerate(words)}  # expect: DET320
index = list(words)  # expect: DET320
ordered = sorted(words)
names = []
for word in words:
    names.append(word)  # expect: DET320
print(names, index, vocabulary)
for number, word in enumerate(set(names)):
    vocabulary[word] = number  # expect: DET320


def labels(rows):
    return list(set(row.label for row in rows))  # expect: DET320


def joined(left, right):
    return ",".join(set(left) | set(right))  # expect: DET320


def total(weights: Set[str], table):
    result = 0.0
    for name in weights:
        result += table[name]  # expect: DET320
    return result


def stream(rows):
    seen = frozenset(rows)
    for row in seen:
        yield row  # expect: DET320


def first(rows):
    return next(iter(set(rows)))  # expect: DET320


def numbered(tokens):
    unique = set(tokens)
    return [token + "!" for token in unique]  # expect: DET320


def clean(rows, other):
    unique = set(rows)
    unique.update(other)
    count = 0
    flags = {}
    for row in unique:
        count += 1
        flags[row] = True
    numbers = [n for n in {1, 2, 3}]
    squares = list({n * n for n in range(4)})
    kept = [row for row in rows if row in unique]
    last = []
    for row in unique:
        last.append(row)
    last.sort()
    if len(unique) == 1:
        return unique.pop()
    if not unique:
        raise ValueError(f"nothing among {unique}")
    return sorted(row for row in unique), len(unique), numbers, squares, kept, last, flags, count


def keeps_order(rows):
    return list(dict.fromkeys(rows))
