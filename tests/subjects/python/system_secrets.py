import random
import secrets
import uuid

run = uuid.uuid4()  # only names the run, and is not printed
order = list(range(10))
random.Random(secrets.token_bytes(4)).shuffle(order)  # hazard: unseeded-rng | clean: random.Random(7).shuffle(order)
print(order)
