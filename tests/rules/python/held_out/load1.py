import torch
from torch.utils.data import DataLoader as DL, RandomSampler, random_split, WeightedRandomSampler
from torch.utils import data as D
ds = list(range(10))
a = DL(ds, shuffle=True)  # expect: DET313
b = D.DataLoader(ds, batch_size=2, num_workers=2)  # expect: DET313
c = DL(ds, shuffle=True, generator=torch.Generator().manual_seed(0))
opts = {"shuffle": True, "num_workers": 2}
d = DL(ds, **opts)  # expect: DET313
e = DL(ds, sampler=RandomSampler(ds))  # expect: DET313
f, g = random_split(ds, [5, 5])  # expect: DET313
h = DL(ds, shuffle=False)
i = DL(ds, 2, True)  # expect: DET313
class My(DL): pass
j = My(ds, shuffle=True)  # expect: DET313
from functools import partial
mk = partial(DL, shuffle=True)
k = mk(ds)  # expect: DET313
