import torch

vocabulary = {"red", "green", "blue", "black", "white", "brown", "grey", "pink"}
ids = {word: i for i, word in enumerate(vocabulary)}  # hazard | clean: ids = {word: i for i, word in enumerate(sorted(vocabulary))}
sentence = ["green", "blue", "green", "pink"]
torch.manual_seed(1)
embedding = torch.nn.Embedding(8, 4)
tokens = torch.tensor([ids[word] for word in sentence])  # finding: hash-order
print(embedding(tokens).sum().item())
