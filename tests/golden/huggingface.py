#!/usr/bin/env python3
"""Holds models exchanged with Hugging Face transformers to its figures. Needs:

    pip install torch transformers

With `make`: remakes tests/golden/gpt2 and tests/golden/gpt_neox, a small GPT-2 and a small GPT-NeoX of random weights as
`save_pretrained` writes them, with the logits that transformers computes (logits.json). With `make NAME`: one of them.

With a folder that `molgpt export MODEL FOLDER` wrote, and the output of `molgpt score FILE --model MODEL
--tokens --format jsonl`: loads the folder, compares every token's negative log-likelihood, and
generates.
"""

import json
import os
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2Config, GPTNeoXConfig

HERE = os.path.dirname(os.path.abspath(__file__))
MOLECULES = ["CCO", "c1ccccc1", "C/C=C\\C(=O)N[C@@H](C)Br", "[Na+].[O-]C(=O)c1ccc(Cl)cc1"]


def config(name, tokens):
    common = {"vocab_size": tokens, "initializer_range": 0.3, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    if name == "gpt2":
        return GPT2Config(n_positions=48, n_embd=16, n_layer=2, n_head=2, n_inner=64, activation_function="gelu_new", **common)
    return GPTNeoXConfig(
        max_position_embeddings=48, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        hidden_act="gelu_new", use_parallel_residual=False, rotary_pct=1.0, tie_word_embeddings=False, **common,
    )


def make(name):
    folder = os.path.join(HERE, name)
    torch.manual_seed(2026)
    texts = "[PAD] [BOS] [EOS] [UNK] ( ) - . / 1 2 = Br C Cl F N O [C@@H] [C@H] [Na+] [O-] \\ c n o".split()
    model = AutoModelForCausalLM.from_config(config(name, len(texts))).eval()
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if name.endswith("bias"):
                weights.normal_(0, 0.1)
    model.save_pretrained(folder)
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({text: id for id, text in enumerate(texts)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\[[^\[\]]+\]|Br|Cl|."), "isolated")
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", bos_token="[BOS]", eos_token="[EOS]", unk_token="[UNK]",
    ).save_pretrained(folder)
    golden = []
    with torch.no_grad():
        for text in MOLECULES:
            ids = [1, *tokenizer.encode(text, add_special_tokens=False).ids, 2]
            logits = model(torch.tensor([ids])).logits[0]
            golden.append({"smiles": text, "ids": ids, "logits": [[round(x, 6) for x in row] for row in logits.tolist()]})
    with open(os.path.join(folder, "logits.json"), "w") as file:
        json.dump({"transformers": transformers.__version__, "torch": torch.__version__, "molecules": golden}, file)
        file.write("\n")


def check(folder, scores):
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    worst, tokens = 0.0, 0
    with open(scores) as file, torch.no_grad():
        for line in file:
            row = json.loads(line)
            if row["nll"] is None:
                continue
            ids = tokenizer(row["smiles"])["input_ids"]
            assert tokenizer.decode(ids, skip_special_tokens=True) == row["smiles"], row["smiles"]
            ids = torch.tensor([[*ids, tokenizer.eos_token_id]])
            found = torch.log_softmax(model(ids).logits[0, :-1], -1)
            found = -found.gather(1, ids[0, 1:, None])[:, 0]
            wanted = torch.tensor(row["token_nll"])
            assert len(found) == len(wanted), row["smiles"]
            worst = max(worst, (found - wanted).abs().max().item())
            tokens += len(wanted)
    print(f"{tokens} tokens, largest difference {worst:.2e} nats (scores are written with four decimals)")
    assert tokens and worst < 1.5e-4
    torch.manual_seed(0)
    prompt = tokenizer("C", return_tensors="pt")
    prompt.pop("token_type_ids", None)
    written = model.generate(**prompt, num_return_sequences=5)
    for text in tokenizer.batch_decode(written, skip_special_tokens=True):
        print("generated", text)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        for name in sys.argv[2:] or ["gpt2", "gpt_neox"]:
            make(name)
    else:
        check(*sys.argv[1:])
