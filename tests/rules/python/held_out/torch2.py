import torch
from torch import manual_seed as ms, use_deterministic_algorithms as det
ms(3); det(mode=True)
x = torch.randn(3, device="cuda", requires_grad=True)
torch.autograd.backward(x.sum())
