"""Writes the golden files: whole training runs of PyTorch on the CPU, in float64, 20 steps each.

    python -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python make.py            # writes *.safetensors beside this script

Every file holds one run. `n` is 27 samples, `d` 12 features (a 2x2 image of 3 channels), `c` 4 classes,
`s` 20 steps; <name> is a parameter's name as the program gives it (`L0_Dense_W`, `W`, ...).

    x                  [n, d]        inputs, multiples of 1/256, so exact in f32 too
    labels             [n]    int64  class indices
    initial/<name>     [shape]       parameters before step 0, exact in f32 too
    loss               [s]           mean cross-entropy + L2 term, with the parameters before the update
    gradient/<name>    [s, shape]    including the weight decay term
    parameter/<name>   [s, shape]    after the update
    running/<name>     [s, units]    running statistics after the update: L2_BatchNormalization_Mean, ..._Variance
                                     (they start at 0 and 1)
    eval_probabilities [n, c]        softmax of all samples after step 19, with the running statistics
    eval_loss          [1]           their mean cross-entropy, without the L2 term
    eval_correct       [1]    int64  how many have their largest output at the label

The minibatches are rows 0..10, 10..20 and 20..27, in this order, over and over: step s uses minibatch s % 3
and belongs to epoch s // 3. Three minibatches of unequal sizes show a forgotten division by the row count.

Weight decay is not PyTorch's: each gradient gets wd/m * theta (m rows in the minibatch) and the loss
wd/2 * sum(theta^2), both over all parameters, biases, gamma and beta included.
So the decay part of the gradient is 1/m of the loss term's derivative; both follow the reference system.

A rerun with the versions of requirements.txt on the same kind of CPU gives the same bytes; others differ in
the last digits.
"""

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save
from torch import nn

FEATURES, CLASSES = 12, 4
MINIBATCHES = [slice(0, 10), slice(10, 20), slice(20, 27)]
SAMPLES = 27
STEPS = 20
DECAY = 0.9
LEARNING_RATES = {"Adam": 0.01, "Constant": 0.1, "ExponentialDecay": 0.1}
ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky-relu": lambda: nn.LeakyReLU(0.01),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


@dataclass(frozen=True)
class Run:
    """One golden file: a model, an optimizer and a weight decay."""

    model: str
    optimizer: str = "Adam"
    weight_decay: float = 0.0
    layers: tuple[int, ...] = ()
    activation: str = "leaky-relu"
    batch_norm: bool = True

    @property
    def file_name(self) -> str:
        parts = [self.model]
        if self.model == "NLayers":
            parts += ["-".join(map(str, self.layers)), self.activation]
            parts += [] if self.batch_norm else ["no-batch-norm"]
        parts += [self.optimizer] + (["weight-decay"] if self.weight_decay else [])
        return "_".join(parts).lower() + ".safetensors"

    @property
    def metadata(self) -> dict[str, str]:
        """What the file is, as safetensors wants it: text to text. OneLayer ignores the middle three."""
        return {
            "model": self.model,
            "layers": ",".join(map(str, self.layers)),
            "activation": self.activation,
            "batch_norm": str(self.batch_norm).lower(),
            "optimizer": self.optimizer,
            "lr": repr(LEARNING_RATES[self.optimizer]),
            "decay": repr(DECAY),
            "wd": repr(self.weight_decay),
            "torch": torch.__version__,
        }


RUNS = [
    Run(optimizer=optimizer, weight_decay=weight_decay, **model)
    for model in ({"model": "OneLayer"}, {"model": "NLayers", "layers": (6, 5)})
    for optimizer in LEARNING_RATES
    for weight_decay in (0.0, 0.3)
] + [
    Run("NLayers", layers=(5,), activation="relu"),
    Run("NLayers", layers=(5,), activation="tanh"),
    Run("NLayers", layers=(5,), activation="sigmoid"),
    Run("NLayers", layers=(6,), activation="tanh", batch_norm=False),
]


def data_set() -> tuple[np.ndarray, np.ndarray]:
    """Noisy samples around one prototype per class: learnable, yet not perfectly in 20 steps."""
    rng = np.random.default_rng(2)
    labels = rng.permutation(np.arange(SAMPLES) % CLASSES)
    prototypes = rng.uniform(0.2, 0.8, (CLASSES, FEATURES))
    x = prototypes[labels] + rng.normal(0.0, 0.2, (SAMPLES, FEATURES))
    return np.round(x.clip(0.0, 1.0) * 256) / 256, labels.astype(np.int64)


def build(run: Run) -> tuple[nn.Sequential, dict[str, nn.Parameter], dict[str, torch.Tensor]]:
    """The network up to the logits, its parameters by name, and its running statistics by name.

    The index in a name is the layer's position in the Sequential; the Softmax that ends the model has
    the next one, and is part of the loss here.
    """
    if run.model == "OneLayer":
        dense = nn.Linear(FEATURES, CLASSES)
        return nn.Sequential(dense), {"W": dense.weight, "B": dense.bias}, {}

    modules: list[nn.Module] = []
    inputs = FEATURES
    for units in (*run.layers, CLASSES):
        modules += [nn.Linear(inputs, units, bias=not run.batch_norm), nn.Dropout(0.0)]
        if run.batch_norm:
            modules.append(nn.BatchNorm1d(units, eps=1e-5, momentum=0.1))
        modules.append(ACTIVATIONS[run.activation]())
        inputs = units
    modules.pop()  # the last layer's activation is the softmax

    parameters, running = {}, {}
    for index, module in enumerate(modules):
        if isinstance(module, nn.Linear):
            parameters[f"L{index}_Dense_W"] = module.weight
            if module.bias is not None:
                parameters[f"L{index}_Dense_B"] = module.bias
        elif isinstance(module, nn.BatchNorm1d):
            parameters[f"L{index}_BatchNormalization_Gamma"] = module.weight
            parameters[f"L{index}_BatchNormalization_Beta"] = module.bias
            running[f"L{index}_BatchNormalization_Mean"] = module.running_mean
            running[f"L{index}_BatchNormalization_Variance"] = module.running_var
    return nn.Sequential(*modules), parameters, running


def initialize(parameters: dict[str, nn.Parameter]) -> None:
    """Glorot normal weights, gamma 1, biases and beta 0."""
    rng = np.random.default_rng(1)
    with torch.no_grad():
        for name, parameter in parameters.items():
            if parameter.dim() == 2:
                std = math.sqrt(2.0 / sum(parameter.shape))
                values = (rng.normal(size=parameter.shape) * std).astype(np.float32)
                parameter.copy_(torch.from_numpy(values))
            else:
                parameter.fill_(1.0 if name.endswith("_Gamma") else 0.0)


def train(run: Run) -> dict[str, np.ndarray]:
    """Runs the 20 steps and returns every tensor of the golden file."""
    x, labels = data_set()
    inputs, targets = torch.from_numpy(x), torch.from_numpy(labels)
    network, parameters, running = build(run)
    initialize(parameters)
    tensors = {"x": x, "labels": labels}
    tensors |= {f"initial/{name}": snapshot(value) for name, value in parameters.items()}

    learning_rate = LEARNING_RATES[run.optimizer]
    if run.optimizer == "Adam":
        optimizer = torch.optim.Adam(parameters.values(), lr=learning_rate, betas=(0.9, 0.999), eps=1e-8)
    else:
        optimizer = torch.optim.SGD(parameters.values(), lr=learning_rate)

    steps: dict[str, list[np.ndarray]] = {}
    for step in range(STEPS):
        epoch, minibatch = divmod(step, len(MINIBATCHES))
        rows = MINIBATCHES[minibatch]
        if run.optimizer == "ExponentialDecay":
            optimizer.param_groups[0]["lr"] = learning_rate * math.exp(-DECAY * epoch)

        optimizer.zero_grad()
        cross_entropy = nn.functional.cross_entropy(network(inputs[rows]), targets[rows])
        cross_entropy.backward()
        with torch.no_grad():
            squares = sum((theta * theta).sum() for theta in parameters.values())
            loss = cross_entropy + run.weight_decay / 2 * squares
            for theta in parameters.values():
                theta.grad += run.weight_decay / len(targets[rows]) * theta
        gradients = {f"gradient/{name}": snapshot(theta.grad) for name, theta in parameters.items()}
        optimizer.step()

        record = {"loss": snapshot(loss)} | gradients
        record |= {f"parameter/{name}": snapshot(theta) for name, theta in parameters.items()}
        record |= {f"running/{name}": snapshot(value) for name, value in running.items()}
        for name, value in record.items():
            steps.setdefault(name, []).append(value)
    tensors |= {name: np.stack(values) for name, values in steps.items()}

    network.eval()
    with torch.no_grad():
        logits = network(inputs)
        tensors["eval_probabilities"] = snapshot(logits.softmax(dim=1))
        tensors["eval_loss"] = snapshot(nn.functional.cross_entropy(logits, targets)).reshape(1)
        tensors["eval_correct"] = snapshot((logits.argmax(dim=1) == targets).sum()).reshape(1)
    return tensors


def snapshot(tensor: torch.Tensor) -> np.ndarray:
    """A copy that later in-place updates leave alone."""
    return tensor.detach().numpy().copy()


def with_sorted_header(file: bytes) -> bytes:
    """The same safetensors file with its header's keys sorted: the library writes metadata in random order."""
    (length,) = struct.unpack("<Q", file[:8])
    header = json.dumps(json.loads(file[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + file[8 + length :]


def main() -> None:
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    for run in RUNS:
        file = with_sorted_header(save(train(run), metadata=run.metadata))
        (Path(__file__).parent / run.file_name).write_bytes(file)
        print(f"{run.file_name}: {len(file)} bytes")


if __name__ == "__main__":
    main()
