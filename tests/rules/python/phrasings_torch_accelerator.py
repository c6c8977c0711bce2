import torch


class Trainer:
    def __init__(self, args):
        self.device = torch.device(args.device)
        self.model = torch.nn.Conv2d(3, 8, 3)
        self.model.cuda()
        torch.backends.cudnn.deterministic = True

    def fit(self, loader, loss_of):
        for x, y in loader:
            out = loss_of(self.model(x.cuda(non_blocking=True)), y)
            torch.autograd.backward(out)  # expect: DET311


def main(args):
    torch.cuda.manual_seed_all(1)
    torch.manual_seed(1)
    Trainer(args).fit([], None)


if __name__ == "__main__":
    main(None)
