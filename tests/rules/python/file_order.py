import glob
import os
from glob import glob as find
from pathlib import Path

paths = glob.glob("*.npy")  # expect: DET321
arrays = [open(path).read() for path in paths]
for name in os.listdir("data"):  # expect: DET321
    arrays.append(name)
first = find("*.ckpt")[0]  # expect: DET321
samples = [p.stem for p in Path("data").iterdir()]  # expect: DET321
text = list(Path("data").rglob("*.txt"))  # expect: DET321
for root, folders, files in os.walk("data"):  # expect: DET321
    for file in files:
        samples.append(file)
with os.scandir("data") as entries:  # expect: DET321
    for entry in entries:
        print(entry.name)
print(arrays, first, samples, text)


def listed(folder):
    return [name for name in os.listdir(folder) if name.endswith(".png")]


def clean(folder):
    names = sorted(os.listdir(folder))
    more = glob.glob("*")
    more.sort()
    count = len(glob.glob("*.txt"))
    if "x" in os.listdir(folder) or not os.listdir(folder):
        return []
    size = 0
    for entry in os.scandir(folder):
        size += entry.stat().st_size
        os.unlink(entry.path)
    last = max(Path(folder).glob("*.ckpt"))
    for root, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            names.append(file)
    return names, more, count, size, last, sorted(listed(folder))
