"""The switch of cuDNN's benchmark, however it is written."""
import torch
import torch.backends.cudnn as cudnn
from torch.backends import cudnn as other

FAST = True
SLOW = not FAST
SETTINGS = {"benchmark": True, "deterministic": False}
QUIET = dict(benchmark=False, allow_tf32=True)


class Config:
    benchmark = True
    safe = False


def switches(args):
    cudnn.benchmark = not False  # expect: DET312
    cudnn.benchmark = bool(1)  # expect: DET312
    cudnn.benchmark = FAST  # expect: DET312
    other.benchmark = SETTINGS["benchmark"]  # expect: DET312
    other.benchmark = Config.benchmark  # expect: DET312
    other.benchmark = args.fast or True  # expect: DET312
    cudnn.benchmark |= True  # expect: DET312
    setattr(cudnn, "bench" "mark", FAST)  # expect: DET312
    torch.backends.cudnn.__setattr__("benchmark", True)  # expect: DET312
    vars(torch.backends.cudnn)["benchmark"] = True  # expect: DET312
    for name, value in SETTINGS.items():
        setattr(torch.backends.cudnn, name, value)  # expect: DET312
    cudnn.benchmark = True if FAST else False  # expect: DET312


def off(args):
    cudnn.benchmark = not True
    cudnn.benchmark = bool(0)
    cudnn.benchmark = SLOW
    other.benchmark = QUIET["benchmark"]
    other.benchmark = QUIET.get("benchmark")
    other.benchmark = Config.safe
    other.benchmark = args.fast and False
    other.benchmark = not args.deterministic
    cudnn.deterministic |= True
    setattr(cudnn, "deterministic", FAST)
    vars(torch.backends.cudnn)["deterministic"] = True
    for name, value in QUIET.items():
        setattr(torch.backends.cudnn, name, value)
    cudnn.benchmark = False if FAST else True
    args.benchmark = True
