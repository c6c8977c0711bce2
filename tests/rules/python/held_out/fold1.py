import os, glob
from os import listdir as ls, scandir, walk
from pathlib import Path
from glob import iglob
p = Path(".")
a = ls(".")  # expect: DET321
for e in scandir("."): print(e.name)  # expect: DET321
for r, ds, fs in walk("."):  # expect: DET321
    for f in fs: print(f)
for r, ds, fs in sorted(walk(".")):
    for f in sorted(fs): print(f)
b = [q for q in p.rglob("*.txt")]  # expect: DET321
c = sorted(p.iterdir(), key=lambda q: q.name)
d = {q.name: q for q in p.glob("*")}
for q in (p / "x").iterdir(): print(q)  # expect: DET321
e = list(iglob("*"))  # expect: DET321
f = ls("."); f.sort()
g = len(ls("."))
h = max(glob.glob("*.ckpt"), key=os.path.getmtime)
i = set(ls("."))
j = glob.glob("*")[0]  # expect: DET321
class DS:
    def __init__(self, root): self.files = [os.path.join(root, x) for x in os.listdir(root)]  # expect: DET321
class DS2:
    def __init__(self, root): self.files = os.listdir(root); self.files.sort()
k = p.cwd().joinpath("d").glob("*")  # expect: DET321
print(list(k))
print(a, d, j)
for x in ls("."): os.remove(x)
print(b, e)
