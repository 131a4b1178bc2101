"""The file of tuned layers: what scripts/prepare_model.py puts in the place of the stock model's own.

safetensors, tensors under their checkpoint names. A matrix [out, in] is int8, with float32 [out] steps beside it as
NAME_scale: weight = int8 * step. Biases and norms are float32.
"""

import json
from pathlib import Path

import numpy

Weights = dict[str, numpy.ndarray]
_TYPES = {"int8": "I8", "float32": "F32"}


def quantised(weights: Weights) -> Weights:
    """int8 by output channel, symmetric."""
    tensors: Weights = {}
    for name, value in sorted(weights.items()):
        if value.ndim == 2:
            step = numpy.abs(value).max(axis=1) / 127
            tensors[name] = numpy.clip(numpy.rint(value / step[:, None]), -127, 127).astype(numpy.int8)
            tensors[name + "_scale"] = step.astype(numpy.float32)
        else:
            tensors[name] = value.astype(numpy.float32)
    return tensors


def restored(tensors: Weights) -> Weights:
    """float32 weights of a file's tensors."""
    return {
        name: value.astype(numpy.float32) * tensors[name + "_scale"][:, None] if value.dtype == numpy.int8 else value
        for name, value in tensors.items()
        if not name.endswith("_scale")
    }


def write(path: Path, tensors: Weights) -> None:
    header, offset = {}, 0
    for name, value in tensors.items():
        end = offset + value.nbytes
        header[name] = {"dtype": _TYPES[value.dtype.name], "shape": list(value.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(value.tobytes() for value in tensors.values()))
