"""DET321 by other roads."""
import os
import os.path as osp
import pathlib
from glob import iglob
from os import scandir as ls
from pathlib import Path as P


class Images:
    def __init__(self, root: P):
        self.root = root
        self.items = list(map(str, root.glob("**/*.png")))  # expect: DET321
        self.labels = {name: i for i, name in enumerate(os.listdir(root))}  # expect: DET321
        self.ordered = sorted(self.root.iterdir(), key=lambda p: p.name)


def roads(folder):
    for i, entry in enumerate(ls(folder)):  # expect: DET321
        print(i, entry.path)
    paths = [osp.join(folder, n) for n in os.listdir(folder) if n.endswith(".npy")]  # expect: DET321
    shards = [open(p).read() for p in iglob(f"{folder}/*.txt")]  # expect: DET321
    newest = list((P(folder) / "logs").glob("*.ckpt"))[-1]  # expect: DET321
    for root, _, files in os.walk(top=folder):  # expect: DET321
        paths.extend(osp.join(root, f) for f in files)
    first = next(pathlib.Path(folder).rglob("*.bin"))  # expect: DET321
    return paths, shards, newest, first


def silent(folder):
    names = os.listdir(folder)
    names.sort(key=lambda n: int(n.split(".")[0]))
    count = sum(1 for _ in P(folder).iterdir())
    newest = max(P(folder).glob("*.ckpt"), key=osp.getmtime)
    have = set(os.listdir(folder))
    by_name = {p.stem: p for p in P(folder).glob("*.json")}
    for p in P(folder).glob("*.tmp"):
        p.unlink()
    empty = not any(ls(folder))
    ordered = sorted(n for n in os.listdir(folder) if n[0] != ".")
    total = sum(osp.getsize(osp.join(folder, n)) for n in os.listdir(folder))
    for root, folders, files in sorted(os.walk(folder)):
        ordered += sorted(files)
    return names, count, newest, have, by_name, empty, ordered, total


def walk(folder):
    """Of the name of what lists a folder."""
    out = []
    for root, _, files in os.walk(folder):  # expect: DET321
        out += [os.path.join(root, name) for name in files]
    return out
