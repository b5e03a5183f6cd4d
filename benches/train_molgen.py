"""Real tokens/s of molgen 0.2.0 training its MolGPT, on a file of molecules.

pip install molgen==0.2.0; python benches/train_molgen.py data/molecules.csv WIDTH HEADS LAYERS
"""

import csv
import sys
import time

import torch
from molgen.data import build_dataloaders
from molgen.molgpt import MolGPT
from molgen.tokenizers import SmilesTokenizer
from molgen.trainer import TrainConfig, train_language_model

path, width, heads, layers = sys.argv[1], *map(int, sys.argv[2:5])
torch.set_num_threads(2)
with open(path) as file:
    smiles = [row["smiles"] for row in csv.DictReader(file)][:7_200]
tokenizer = SmilesTokenizer.from_smiles(smiles)
train, _ = build_dataloaders(smiles, tokenizer, batch_size=64, test_split=0.1)
model = MolGPT(tokenizer.vocab_size, width, heads, 4 * width, layers, tokenizer.pad_id, dropout=0.0)
tokens = sum(int((batch[:, 1:] != tokenizer.pad_id).sum()) for batch in train)
config = TrainConfig(epochs=1, log_every_epoch=False)
began = time.time()
train_language_model(model, train, None, config, torch.device("cpu"), tokenizer.pad_id)
print(tokens / (time.time() - began))
