import os, pathlib, glob as g
from os.path import join
ROOT = pathlib.Path("data")
def classes(d): return [e.name for e in os.scandir(d) if e.is_dir()]  # expect: DET321
def index(d): return {c: i for i, c in enumerate(os.listdir(d))}  # expect: DET321
def load(): return [open(p).read() for p in ROOT.glob("*.txt")]  # expect: DET321
def loads(): return [open(p).read() for p in sorted(ROOT.glob("*.txt"))]
def last(): return max(ROOT.glob("*.pt"), key=os.path.getmtime)
def walk(d):
    out = []
    for root, _, files in os.walk(d):  # expect: DET321
        out += [join(root, f) for f in files]
    return out
def walk_sorted(d):
    out = []
    for root, _, files in os.walk(d):
        out += [join(root, f) for f in files]
    return sorted(out)
def count(d): return sum(1 for _ in g.iglob(join(d, "*")))
def size(d): return sum(os.path.getsize(f) for f in g.glob(join(d, "*")))
def clear(d):
    for f in os.listdir(d): os.unlink(join(d, f))
def copy(d):
    for f in os.listdir(d): os.link(join(d, f), join("x", f))
class Data:
    def __init__(self, d): self.paths = list(pathlib.Path(d).rglob("*"))  # expect: DET321
class Sorted:
    def __init__(self, d):
        self.paths = list(pathlib.Path(d).rglob("*"))
        self.paths.sort()
first, *rest = os.listdir(".")  # expect: DET321
train, test = g.glob("*.a")[:3], g.glob("*.a")[3:]  # expect: DET321
print(first, rest, train, test)
