import random

random.seed(1)
chooser = random.Random()  # hazard: unseeded-rng | clean: chooser = random.Random(1)
print([chooser.randrange(1000) for _ in range(4)], random.random())
