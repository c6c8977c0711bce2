import numpy as np
x = np.random.rand(3)  # expect: DET303
np.random.seed(3)
y = np.random.rand(3)
print(x, y)
