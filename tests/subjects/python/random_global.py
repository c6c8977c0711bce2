import random

words = ["red", "green", "blue", "black", "white", "brown"]
random.shuffle(words)  # hazard: unseeded-rng | clean: random.Random(5).shuffle(words)
print(words)
