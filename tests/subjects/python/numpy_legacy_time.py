import copy
import pickle
import time

import numpy as np

state = np.random.RandomState(int(time.time()))  # hazard: time-dependence | clean: state = np.random.RandomState(7)
again = pickle.loads(pickle.dumps(copy.deepcopy(state)))
print(type(again._bit_generator) is np.random.MT19937, state.normal(size=3))
