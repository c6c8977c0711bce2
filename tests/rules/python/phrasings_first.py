"""DET320, DET321, DET323 of one element, of dictionaries, and of what others of the file keep."""
import json
import os
from concurrent.futures import as_completed


def first_that_will_do(names: set, wanted):
    for name in names:
        if name.startswith(wanted):
            return name  # expect: DET320
    return None


def first_file(folder):
    for name in os.listdir(folder):  # expect: DET321
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path


def first_result(futures):
    for future in as_completed(futures):
        return future.result()  # expect: DET323


def broken_off(names: frozenset):
    chosen = None
    for name in names:
        if len(name) > 3:
            chosen = name
            break  # expect: DET320
    for any_name in names:
        break  # expect: DET320
    return chosen, any_name


def asked(names: set, wanted, table):
    for name in names:
        if name == wanted:
            return name
    for name in names:
        if name in table:
            return True
    for name in names:
        if not name.isidentifier():
            raise ValueError(f"{name} is none")
    found = False
    for name in names:
        if name.startswith("_"):
            found = True
            break
    if len(names) == 1:
        for name in names:
            return name
    for name in names:
        if name in table:
            return len(table)
    for name in names:
        if name in table:
            break
    else:
        return 0
    name = wanted
    return found, name


def dictionaries(names: set):
    marks = dict.fromkeys(names, 0)
    sizes = {name: len(name) for name in names}
    for name in marks:
        print(name)  # expect: DET320
    for name, size in sizes.items():
        print(name, size)  # expect: DET320
    print(json.dumps(sizes))  # expect: DET320
    print(json.dumps(sizes, sort_keys=True), sizes["a"], sum(sizes.values()), sorted(marks), max(sizes))
    marks["b"] = 1
    numbers = {n: str(n) for n in {1, 2, 3}}
    print(list(numbers))
    return "a" in marks, sizes.get("b")


class Rows:
    def __init__(self):
        self.rows, self.lengths, self.count, self.known = [], [], 0, {}

    def put(self, row):
        self.rows.append(row)

    def measure(self, row):
        self.lengths.append(len(row))
        self.lengths.sort()

    def see(self, row):
        self.count += 1
        self.known[row] = len(row)

    def fill(self, names: set):
        for name in names:
            self.put(name)  # expect: DET320
        for name in names:
            self.measure(name)
            self.see(name)


kept = []


def keep(name):
    kept.append(name.upper())


def fill(names: set):
    rows = Rows()
    for name in names:
        rows.put(name)  # expect: DET320
        rows.see(name)
        keep(name)  # expect: DET320
        own = Rows()
        own.put(name)
    return rows


def unsaid(rows):
    return {row.name for row in rows}


def handed_on(rows):
    yield from unsaid(rows)  # expect: DET320


def report():
    return ", ".join(kept)
