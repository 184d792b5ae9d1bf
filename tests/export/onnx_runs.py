"""Runs the ONNX exports in a folder, and compares them with what `infer` said. Usage: onnx_runs.py FOLDER"""

import json
import sys
from pathlib import Path

import onnx
import onnxruntime

import predictions

folder = Path(sys.argv[1])
images, probabilities = predictions.load(folder)
for path in sorted(folder.glob("*.onnx")):
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(path)
    metadata = session.get_modelmeta().custom_metadata_map
    classes = json.loads(metadata["shadernets.classes"])
    input = json.loads(metadata["shadernets.input"])
    assert images.shape[1:] == (input["height"], input["width"], input["channels"]), input
    (found,) = session.run(["probabilities"], {"image": images})
    predictions.compare(path.name, found, classes, probabilities)
