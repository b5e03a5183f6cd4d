"""Runs a PyTorch training script that knows only processors on a device: tensors are made there, products are in bfloat16,
and every optimizer step waits for the device, so that the script's own clock tells the truth.

    torch_on_device.py cpu|cuda|cuda:1 SCRIPT [ARGUMENTS OF THE SCRIPT]
"""

import runpy
import sys

import torch

device, script = sys.argv[1:3]
sys.argv = sys.argv[2:]
kind = device.split(":")[0]
if kind == "cuda":
    torch.set_default_device(device)
    torch.set_float32_matmul_precision("high")
    step = torch.optim.AdamW.step

    def step_and_wait(self, *arguments, **named):
        done = step(self, *arguments, **named)
        torch.cuda.synchronize()
        return done

    torch.optim.AdamW.step = step_and_wait
with torch.autocast(kind, torch.bfloat16, enabled=kind == "cuda"):
    runpy.run_path(script, run_name="__main__")
