import os

salt = os.urandom(4)  # hazard: unseeded-rng | clean: salt = b"salt"
print(sum(salt) / 7)
