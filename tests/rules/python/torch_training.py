import torch
import torch.backends.cudnn as cudnn
from torch import nn
from torch.utils.data import DataLoader, random_split

from data import dataset

cudnn.benchmark = True  # expect: DET312
torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
torch.manual_seed(0)
setattr(torch.backends.cudnn, "benchmark", True)  # expect: DET312
train, test = random_split(dataset, [80, 20])
loader = DataLoader(train, batch_size=8, shuffle=True)
workers = DataLoader(train, batch_size=8, shuffle=True, num_workers=4)  # expect: DET314
model = nn.Linear(2, 1)
with cudnn.flags(enabled=True, benchmark=True):  # expect: DET312
    for x, y in loader:
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()  # expect: DET311
