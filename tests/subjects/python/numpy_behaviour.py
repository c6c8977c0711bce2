"""What NumPy's generators do, as text: the same alone and under audit."""
import copy
import pickle

import numpy as np

np.random.seed(11)
print(np.random.normal(size=2), np.random.get_state()[0], np.random.get_state()[2])
np.random.seed([3, 4])
print(np.random.randint(100, size=3), np.random.mtrand._rand.randint(100))
state = np.random.RandomState(5)
print(state.rand(2), repr(state)[:21], state.get_state()[0], state._bit_generator.__class__.__name__)
state.seed(6)
print(state.rand(2), copy.deepcopy(state).rand(), pickle.loads(pickle.dumps(state)).rand(), state.rand())
print(np.random.RandomState(np.random.MT19937(3)).rand(), np.random.RandomState(np.random.PCG64(3)).rand())
print(isinstance(np.random.RandomState(1)._bit_generator, np.random.MT19937))
for seed in (8, [1, 2], (1, 2), np.arange(3), np.random.SeedSequence(4), np.random.PCG64(2)):
    print(np.random.default_rng(seed).normal(size=2))
print([np.random.default_rng(child).random() for child in np.random.SeedSequence(9).spawn(2)])
print(np.random.SFC64(1).random_raw(), np.random.Philox(1).random_raw())
for wrong in (lambda: np.random.RandomState(-1), lambda: np.random.default_rng(-1), lambda: np.random.seed("a"),
              lambda: np.random.RandomState(np.random.PCG64(3)).seed(3), lambda: np.random.RandomState(1, 2)):
    try:
        print(wrong())
    except Exception as error:
        print(type(error).__name__, error)
