import glob, os, pathlib
import numpy as np
def load(pattern):
    files = glob.glob(pattern)  # expect: DET321
    for i, f in enumerate(files):
        yield i, np.load(f)
def load2(pattern):
    files = glob.glob(pattern)
    files = sorted(files, key=lambda p: p)
    return [np.load(f) for f in files]
def load3(root):
    root = pathlib.Path(root)
    return np.stack([np.load(f) for f in root.glob("*.npy")])  # expect: DET321
def load4(root):
    for d, _, fs in sorted(os.walk(root)):
        for f in sorted(fs): print(f)
def tot(root):
    return sum(os.path.getsize(f) for f in glob.glob(root))
def split(name: str):
    return (hash(name) & 0xffffffff) / 2**32 < 0.8  # expect: DET322
def classes(root):
    classes = [d.name for d in os.scandir(root) if d.is_dir()]
    classes.sort()
    return {c: i for i, c in enumerate(classes)}
def uniq(labels):
    labels = set(labels)
    return np.array(list(labels))  # expect: DET320
def uniq2(labels):
    u = set(labels)
    mapping = {}
    for l in u:
        mapping[l] = len(mapping)  # expect: DET320
    ids = dict(zip(u, range(len(u))))  # expect: DET320
    return mapping, ids
def uniq3(df):
    for c in set(df.columns) - {"y"}:
        df[c] = 0
    return [x for x in set(df.columns).difference(["y"])]  # expect: DET320
