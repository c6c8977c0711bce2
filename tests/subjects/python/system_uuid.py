import hashlib
import uuid


def split(names):
    return [hashlib.sha256(name.encode()).digest()[0] < 50 for name in names]


names = [str(uuid.uuid4()) for _ in range(20)]  # hazard: unseeded-rng | clean: names = [str(uuid.UUID(int=i)) for i in range(20)]
print(split(names))
