import time

import numpy as np

angle = time.time() % 10  # hazard: time-dependence | clean: angle = 3
print(np.sin(np.arange(4) + angle))
