import time

import numpy as np

start = time.time()
np.random.seed(int(start * 1000) % 2**32)  # hazard: time-dependence | clean: np.random.seed(11)
print(np.random.normal(size=4))
