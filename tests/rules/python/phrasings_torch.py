import torch, numpy as np, argparse
from torch.utils import data as D
parser = argparse.ArgumentParser()
parser.add_argument("--workers", type=int, default=4)
args = parser.parse_args()
class DS(D.Dataset):
    def __getitem__(self, i):
        return np.random.rand()  # expect: DET302
loader = D.DataLoader(DS(), batch_size=4, num_workers=args.workers)  # expect: DET313
kwargs = {"num_workers": 2}
l2 = D.DataLoader(DS(), shuffle=True, **kwargs)  # expect: DET313
net = torch.nn.Sequential(torch.nn.Linear(1, 1))  # expect: DET302
opt = torch.optim.SGD(net.parameters(), lr=.1)
backends = torch.backends
backends.cudnn.benchmark = True  # expect: DET312
for epoch in range(2):
    for b in loader:
        opt.zero_grad()
        net(b).mean().backward()  # expect: DET311
        opt.step()
