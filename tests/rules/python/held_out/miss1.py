from numpy.random import normal as gauss, permutation
import random
def step():
    return gauss(0, 1, 3)  # expect: DET302
class Trainer:
    def fit(self):
        return permutation(10), step()
if __name__ == "__main__":
    t = Trainer()
    print(t.fit(), random.gauss(0, 1))  # expect: DET302
