import random, numpy as np
def set_seed(s):
    random.seed(s); np.random.seed(s)
SEED = dict(s=3)
set_seed(**SEED)
print(np.random.randn(4), random.random())
