import torch, os
class Cfg:
    deterministic = True
    benchmark = True
cfg = Cfg()
torch.manual_seed(0)
torch.use_deterministic_algorithms(cfg.deterministic)
torch.backends.cudnn.benchmark = cfg.benchmark  # expect: DET312
net = torch.nn.Linear(2, 2).cuda()
net(torch.zeros(1, 2, device="cuda")).sum().backward()
