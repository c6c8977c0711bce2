import torch
from torch.backends import cudnn
import torch.backends.cudnn as cd
cudnn.benchmark = True  # expect: DET312
setattr(torch.backends.cudnn, "benchmark", True)  # expect: DET312
torch.backends.cudnn.benchmark = False
with cudnn.flags(enabled=True, benchmark=True): pass  # expect: DET312
def fast(on=True): torch.backends.cudnn.benchmark = on  # expect: DET312
fast()
class C: benchmark = False
C.benchmark = True
ON = bool(1)
cudnn.deterministic = True
torch.backends.cudnn.benchmark = torch.cuda.is_available()  # expect: DET312
