#!/usr/bin/env python3
"""Makes tokenizer_cases.json: small tokenizers in the forms that model families publish, trained on the corpora of the
tests, and how many tokens the library that reads them counts in some texts.

Usage: make_tokenizer_cases.py      Needs: pip install tokenizers==0.23.3
"""

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

FOLDER = Path(__file__).resolve().parent
CORPORA = FOLDER.parents[1] / "corpora"
# What Qwen's tokenizers split by.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
FORMS = {
    "split": pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    ),
    "digits": pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    ),
}
TEXTS = [
    "",
    "module top;\n  assign a = b;\nendmodule\n",
    "  logic   [31:0]\t x;   \n\n\n    y <= 8'hFF;  ",
    "it's  a 12345 test  \n \n",
    "<|fim_prefix|>a<|fim_suffix|>b<file_sep>c",
    "x  ",
    "\r\n  \r\n\u00e4\u20ac \u4f60\u597d end",
    (CORPORA / "mailbox" / "rtl" / "gray_fifo.v").read_text(encoding="utf-8"),
]


def main():
    files = sorted(str(path) for path in CORPORA.rglob("*.v")) + sorted(str(path) for path in CORPORA.rglob("*.sv"))
    cases = []
    for name, pre_tokenizer in FORMS.items():
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizer
        tokenizer.train(
            files,
            trainers.BpeTrainer(
                vocab_size=600,
                special_tokens=["<|fim_prefix|>", "<|fim_suffix|>", "<file_sep>"],
                initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                show_progress=False,
            ),
        )
        counts = [len(tokenizer.encode(text, add_special_tokens=False).ids) for text in TEXTS]
        cases.append({"name": name, "tokenizer": json.loads(tokenizer.to_str()), "counts": counts})
    made = {"texts": TEXTS, "cases": cases}
    (FOLDER / "tokenizer_cases.json").write_text(json.dumps(made, ensure_ascii=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
