import random, numpy as np, torch
def set_seed(s):
    random.seed(s)
    torch.manual_seed(s)
set_seed(3)
x = np.random.randn(4)  # expect: DET303
y = torch.randn(4)
print(x, y, random.random())
