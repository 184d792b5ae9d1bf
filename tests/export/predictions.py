"""What `infer` said of images, and the images as the exported models take them."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

LIMIT = 1e-5


def load(folder):
    """Images [N, height, width, channels] in [0, 1], and a dict from class to probability for each."""
    lines = Path(folder, "predictions.jsonl").read_text().splitlines()
    lines = [json.loads(line) for line in lines]
    images = [np.asarray(Image.open(line["image"]), dtype=np.float32) / 255 for line in lines]
    probabilities = [{c["class"]: c["probability"] for c in line["classes"]} for line in lines]
    return np.stack(images), probabilities


def compare(name, found, classes, probabilities):
    """Ends the program unless the probabilities [N, classes] are those that `infer` said."""
    expected = np.array([[of[c] for c in classes] for of in probabilities])
    furthest = np.abs(found - expected).max()
    print(f"{name}: {len(expected)} images, furthest probability off by {furthest:.1e}")
    if found.shape != expected.shape or not furthest <= LIMIT:
        raise SystemExit(f"{name}: expected at most {LIMIT:.0e}")
