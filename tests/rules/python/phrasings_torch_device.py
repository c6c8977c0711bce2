"""The usual line decides: where a GPU is there, it is used."""
import torch
from torch.autograd import grad
from torch.cuda.amp import GradScaler

torch.manual_seed(3)
dev = "cuda" if torch.cuda.is_available() else "cpu"
model = torch.nn.Linear(3, 1).to(dev)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = GradScaler()
for _ in range(3):
    loss = model(torch.rand(4, 3).to(dev)).mean()
    scaler.scale(loss).backward()  # expect: DET311
    scaler.step(opt)
    scaler.update()
