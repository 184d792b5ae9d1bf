"""Writes rotate.safetensors: a random image rotated by PyTorch's grid_sample in float64.

    venv/bin/python rotate.py          # set up as make.py says

    image    [7, 9, 3]     rows, columns, channels; multiples of 1/256, so exact in f32 too
    angles   [5]           degrees; positive turns the displayed image counter-clockwise
    rotated  [5, 7, 9, 3]  same size, bilinear, edge pixels extended

The centre is ((width-1)/2, (height-1)/2), counting from the centre of the top-left pixel. A result pixel at
offset (dx, dy) from the centre, y downwards, samples the image at the offset
(dx cos a - dy sin a, dx sin a + dy cos a), clamped to the image.
"""

import math
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save

HEIGHT, WIDTH, CHANNELS = 7, 9, 3
ANGLES = [-30.0, -10.0, 0.0, 5.0, 45.0]


def rotate(image: np.ndarray, degrees: float) -> np.ndarray:
    """`image` [height, width, channels] turned counter-clockwise about its centre."""
    height, width, _ = image.shape
    sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    half_width, half_height = (width - 1) / 2, (height - 1) / 2
    dy, dx = np.meshgrid(np.arange(height) - half_height, np.arange(width) - half_width, indexing="ij")
    # grid_sample wants coordinates in [-1, 1], where align_corners puts the outermost pixels' centres at the ends.
    grid = np.stack([(dx * cos - dy * sin) / half_width, (dx * sin + dy * cos) / half_height], axis=-1)
    turned = torch.nn.functional.grid_sample(
        torch.from_numpy(image).permute(2, 0, 1)[None],
        torch.from_numpy(grid)[None],
        mode="bilinear",
        padding_mode="border",
        align_corners=True,
    )
    return np.ascontiguousarray(turned[0].permute(1, 2, 0).numpy())


def main() -> None:
    image = np.random.default_rng(3).integers(0, 257, (HEIGHT, WIDTH, CHANNELS)) / 256
    tensors = {
        "image": image,
        "angles": np.array(ANGLES),
        "rotated": np.stack([rotate(image, angle) for angle in ANGLES]),
    }
    (Path(__file__).parent / "rotate.safetensors").write_bytes(save(tensors))


if __name__ == "__main__":
    main()
