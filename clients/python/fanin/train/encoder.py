"""The stock encoder: its lower layers on OpenVINO, run once for each text, and its upper layers as arrays to train."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

# Upper layers that are trained.
TUNED_LAYERS = 3
QUERY_TOKENS, PASSAGE_TOKENS = 64, 128
_BATCH_TOKENS = 1024


@dataclass
class States:
    """Token states below the tuned layers, of many texts: rows of one array, float16 [tokens, dims]."""

    rows: numpy.ndarray
    starts: numpy.ndarray  # [texts + 1]

    def padded(self, which: Sequence[int], step: int = 32) -> tuple[numpy.ndarray, numpy.ndarray]:
        """(float32 [texts, width, dims], mask [texts, width]); the width is a multiple of `step`, so that shapes repeat."""
        lengths = [int(self.starts[i + 1] - self.starts[i]) for i in which]
        width = -(-max(lengths) // step) * step
        states = numpy.zeros((len(which), width, self.rows.shape[1]), numpy.float32)
        mask = numpy.zeros((len(which), width), bool)
        for row, (i, length) in enumerate(zip(which, lengths)):
            states[row, :length] = self.rows[self.starts[i] : self.starts[i + 1]]
            mask[row, :length] = True
        return states, mask


class Encoder:
    """A model folder (docs/embedding.md)."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.description = json.loads((folder / "model.json").read_text())
        self.first_tuned = self.description["layers"] - TUNED_LAYERS

    def top_weights(self) -> dict[str, numpy.ndarray]:
        """float32 tensors of the layers to tune, under their checkpoint names."""
        data = (self.folder / "weights.safetensors").read_bytes()
        size = int.from_bytes(data[:8], "little")
        tensors = {}
        for name, entry in json.loads(data[8 : 8 + size]).items():
            parts = name.split(".")
            if parts[:2] == ["encoder", "layer"] and int(parts[2]) >= self.first_tuned:
                begin, end = (8 + size + offset for offset in entry["data_offsets"])
                tensors[name] = numpy.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
        return tensors

    def states(self, texts: Sequence[str], are_queries: bool, threads: int = 2) -> States:
        """Runs the layers below the tuned ones."""
        import openvino
        import tokenizers

        tokenizer = tokenizers.Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(QUERY_TOKENS if are_queries else PASSAGE_TOKENS)
        prefix = self.description["query_prefix" if are_queries else "passage_prefix"]
        ids = [encoding.ids for encoding in tokenizer.encode_batch([prefix + text for text in texts])]
        starts = numpy.concatenate([[0], numpy.cumsum([len(one) for one in ids])])
        rows = numpy.zeros((int(starts[-1]), self.description["dims"]), numpy.float16)

        core = openvino.Core()
        whole = core.read_model(self.folder / "model.onnx")
        name = f"/encoder/layer.{self.first_tuned - 1}/output/LayerNorm/Add_1_output_0"
        output = next(out for op in whole.get_ops() for out in op.outputs() if name in out.get_names())
        lower = openvino.Model([output], whole.get_parameters())
        settings = {"INFERENCE_PRECISION_HINT": "f32", "CPU_RUNTIME_CACHE_CAPACITY": "64"}
        settings |= {"NUM_STREAMS": str(threads), "INFERENCE_NUM_THREADS": str(threads)}
        names = {name for port in lower.inputs for name in port.get_names()}

        def keep(request, batch):
            found = request.get_output_tensor(0).data
            for row, i in enumerate(batch):
                rows[starts[i] : starts[i + 1]] = found[row, : len(ids[i])]

        queue = openvino.AsyncInferQueue(core.compile_model(lower, "CPU", settings), threads)
        queue.set_callback(keep)
        order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
        done = 0
        while done < len(order):
            width = -(-len(ids[order[done]]) // 8) * 8
            batch = order[done : done + max(1, _BATCH_TOKENS // width)]
            done += len(batch)
            tokens = numpy.zeros((len(batch), width), numpy.int64)
            mask = numpy.zeros_like(tokens)
            for row, i in enumerate(batch):
                tokens[row, : len(ids[i])] = ids[i]
                mask[row, : len(ids[i])] = 1
            inputs = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": numpy.zeros_like(tokens)}
            queue.start_async({key: value for key, value in inputs.items() if key in names}, batch)
        queue.wait_all()
        return States(rows, starts)
