import argparse, random
import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset
class Data(Dataset):
    def __len__(self): return 4
    def __getitem__(self, i): return torch.randn(2) + random.random()  # expect: DET303
def seed_everything(seed):
    torch.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)
    torch.backends.cudnn.benchmark = not torch.are_deterministic_algorithms_enabled()
def get_loader(d, bs): return DataLoader(d, batch_size=bs, shuffle=True, num_workers=2)  # expect: DET314
def train(args):
    net = torch.nn.Linear(2, 1).to(args.device)
    for x in get_loader(Data(), 2):
        F.mse_loss(net(x), x).backward()  # expect: DET311
if __name__ == "__main__":
    p = argparse.ArgumentParser(); p.add_argument("--device", default="cuda"); p.add_argument("--seed", type=int, default=0)
    a = p.parse_args(); seed_everything(a.seed); train(a)
