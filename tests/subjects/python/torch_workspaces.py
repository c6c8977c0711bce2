"""Reading lines of text: an LSTM and a CTC loss keep, for their backward passes, memory that is not written in full."""
import torch
import torch.nn.functional as F
from torch import nn


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.LSTM(6, 12, num_layers=2, batch_first=True)
        self.head = nn.Linear(12, 5)

    def forward(self, x):
        hidden, _ = self.body(x)
        return self.head(F.dropout(hidden, 0.3, self.training)).log_softmax(-1)


torch.manual_seed(3)
torch.set_num_threads(4)  # hazard | clean: torch.set_num_threads(1)
columns = torch.randint(0, 6, (2000000,))
means = torch.zeros(6).index_put_((columns,), torch.randn(2000000), accumulate=True)  # finding: float-atomics
net = Reader()
opt = torch.optim.AdamW(net.parameters())
x = torch.randn(4, 12, 6) - means / 2000000
labels = torch.randint(1, 5, (4, 4))
for epoch in range(2):
    loss = F.ctc_loss(net(x).transpose(0, 1), labels, [12, 9, 10, 8], [4, 3, 4, 2])
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
