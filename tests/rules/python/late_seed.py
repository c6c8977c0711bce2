import random

values = [random.random() for _ in range(4)]  # expect: DET303
random.seed(3)
more = random.sample(values, 2)
