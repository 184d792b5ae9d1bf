"""Loads the PyTorch export in a folder, and compares it with what `infer` said. Usage: torch_loads.py FOLDER"""

import sys

import torch
from safetensors.torch import load_file

import predictions

folder = sys.argv[1]
sys.path.insert(0, folder)
import network

images, probabilities = predictions.load(folder)
model = network.load()
with torch.no_grad():
    found = model(torch.from_numpy(images)).softmax(1).numpy()
predictions.compare("network.py", found, network.CLASSES, probabilities)

# The program's own file has the same numbers, under the names that it shows.
plain = load_file(f"{folder}/plain.safetensors")
assert torch.equal(plain["L0_Dense_W"], model.L0_Dense.weight)
variance = plain["L2_BatchNormalization_Variance"]
assert torch.equal(variance.squeeze(0), model.L2_BatchNormalization.running_var)
