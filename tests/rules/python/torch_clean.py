import os

import torch
from torch import nn

os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"


def main():
    torch.manual_seed(4)
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
    model = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.2))
    loss = model(torch.rand(2, 4)).sum()
    loss.backward()


if __name__ == "__main__":
    main()
