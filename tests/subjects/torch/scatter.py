"""index_add_ and scatter_add_ of floats on a GPU.   scatter.py free | deterministic"""
import os
import sys

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
import torch

ROWS, COLUMNS, SOURCES = 64, 256, 100_000


def main():
    torch.use_deterministic_algorithms(sys.argv[1] == "deterministic")
    torch.manual_seed(7)
    places = torch.randint(0, ROWS, (SOURCES,)).cuda()
    rows = torch.randn(SOURCES, COLUMNS).cuda()
    values = torch.randn(SOURCES * 10).cuda()
    bins = torch.randint(0, ROWS, (SOURCES * 10,)).cuda()
    for _ in range(5):
        torch.zeros(ROWS, COLUMNS, device="cuda").index_add_(0, places, rows)
        torch.zeros(ROWS, device="cuda").scatter_add_(0, bins, values)
    torch.cuda.synchronize()


if __name__ == "__main__":
    main()
