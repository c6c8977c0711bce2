"""Training steps of a small GPT or a ResNet block on a GPU, deterministic, and what one takes.

    train.py gpt | resnet STEPS [debug-mode]

Tells its figures on stderr. `debug-mode` hashes every tensor with PyTorch's DebugMode; exits 77 where this
PyTorch has none.
"""
import contextlib
import os
import resource
import sys
import time

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
import torch
from torch import nn

# Sizes as docs/figures.md states them.
VOCABULARY, SEQUENCE, BATCH, WIDTH, HEADS, LAYERS = 8192, 512, 16, 1024, 16, 6
IMAGES, CHANNELS, NARROW, SIDE = 128, 256, 64, 28
WARM_UP = 3


class Attention(nn.Module):
    """Written out: products and a softmax, so that it is the same kernels wherever it runs."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.register_buffer("later", torch.ones(SEQUENCE, SEQUENCE, dtype=torch.bool).triu(1))

    def forward(self, x):
        heads = (BATCH, SEQUENCE, HEADS, WIDTH // HEADS)
        q, k, v = (part.view(heads).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1))
        scores = (q @ k.transpose(-2, -1)) * (WIDTH // HEADS) ** -0.5
        weights = scores.masked_fill(self.later, float("-inf")).softmax(dim=-1)
        return self.out((weights @ v).transpose(1, 2).reshape(BATCH, SEQUENCE, WIDTH))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()
        self.wide = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))
        self.norms = nn.ModuleList([nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)])

    def forward(self, x):
        x = x + self.attention(self.norms[0](x))
        return x + self.wide(self.norms[1](x))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.places = nn.Parameter(torch.randn(SEQUENCE, WIDTH) * 0.02)
        self.layers = nn.Sequential(*(Layer() for _ in range(LAYERS)), nn.LayerNorm(WIDTH))
        self.logits = nn.Linear(WIDTH, VOCABULARY, bias=False)

    def forward(self, tokens):
        return self.logits(self.layers(self.tokens(tokens) + self.places))


class ResNetBlock(nn.Module):
    """A bottleneck: 1 x 1, 3 x 3, 1 x 1, each with batch norm, around it the identity."""

    def __init__(self):
        super().__init__()

        def part(inputs, outputs, kernel):
            return [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
                    nn.BatchNorm2d(outputs)]

        self.body = nn.Sequential(*part(CHANNELS, NARROW, 1), nn.ReLU(), *part(NARROW, NARROW, 3),
                                  nn.ReLU(), *part(NARROW, CHANNELS, 1))

    def forward(self, x):
        return torch.relu(x + self.body(x))


def gpt():
    tokens = torch.randint(0, VOCABULARY, (BATCH, SEQUENCE + 1)).cuda()
    model = Gpt().cuda()

    def loss():
        logits = model(tokens[:, :-1])
        return nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())

    return model, loss


def resnet():
    images = torch.randn(IMAGES, CHANNELS, SIDE, SIDE).cuda()
    model = ResNetBlock().cuda()
    return model, lambda: model(images).square().mean()


def hashing(wanted):
    if not wanted:
        return contextlib.nullcontext()
    try:
        from torch.utils._debug_mode import DebugMode
        stack = contextlib.ExitStack()
        stack.enter_context(DebugMode())
        stack.enter_context(DebugMode.log_tensor_hashes("hash_tensor", hash_inputs=True))
        return stack
    except (ImportError, AttributeError, TypeError) as error:
        print(f"no DebugMode with tensor hashes in PyTorch {torch.__version__}: {error}", file=sys.stderr)
        sys.exit(77)


def main():
    steps = int(sys.argv[2])
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.manual_seed(7)
    model, loss_of = {"gpt": gpt, "resnet": resnet}[sys.argv[1]]()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def train(count):
        for _ in range(count):
            optimizer.zero_grad()
            loss = loss_of()
            loss.backward()
            optimizer.step()
        torch.cuda.synchronize()
        return loss

    with hashing("debug-mode" in sys.argv[3:]):
        train(WARM_UP)
        start = time.perf_counter()
        loss = train(steps)
        seconds = time.perf_counter() - start
    left, everything = torch.cuda.mem_get_info()
    host = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"figures steps={steps} steps_before={WARM_UP} seconds_a_step={seconds / steps:.9g} "
          f"device_bytes={everything - left} host_bytes={host}", file=sys.stderr)
    print(loss.item().hex())


if __name__ == "__main__":
    main()
