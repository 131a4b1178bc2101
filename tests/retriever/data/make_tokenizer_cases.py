#!/usr/bin/env python3
"""Makes tokenizer_cases.json: small tokenizers in the forms that model families publish, trained on the corpora of the
tests, and how many tokens the library that reads them counts in some texts.

Usage: make_tokenizer_cases.py      Needs: pip install tokenizers==0.23.3
"""

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

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
MARKS = ["<|fim_prefix|>", "<|fim_suffix|>", "<file_sep>"]
# SentencePiece's forms: what blanks are replaced by, whether tokens may span words, and the pre-tokenizer.
BLANKS = normalizers.Replace(" ", "\u2581")
SENTENCE_FORMS = {
    "prepend": (normalizers.Sequence([normalizers.Prepend("\u2581"), BLANKS]), False, None),
    "spanning": (BLANKS, True, None),
    "metaspace": (None, False, pre_tokenizers.Metaspace(prepend_scheme="first", split=False)),
    "metaspace_split": (None, False, pre_tokenizers.Metaspace(prepend_scheme="always", split=True)),
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


def sentence_tokenizer(files, normalizer, spans_words, pre_tokenizer):
    """Trained on words, or lines, with blanks replaced; then given bytes to fall back on."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = BLANKS
    words = pre_tokenizers.Split(Regex("\u2581+[^\u2581]*|[^\u2581]+"), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("\n", "isolated") if spans_words else words
    tokenizer.train(files, trainers.BpeTrainer(vocab_size=600, special_tokens=["<unk>", *MARKS], show_progress=False))
    made = json.loads(tokenizer.to_str())
    model = made["model"]
    for byte in range(256):
        model["vocab"][f"<0x{byte:02X}>"] = len(model["vocab"])
    model["byte_fallback"] = True
    made["normalizer"] = made["pre_tokenizer"] = None
    tokenizer = Tokenizer.from_str(json.dumps(made))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    return tokenizer


def case(name, tokenizer):
    counts = [len(tokenizer.encode(text, add_special_tokens=False).ids) for text in TEXTS]
    return {"name": name, "tokenizer": json.loads(tokenizer.to_str()), "counts": counts}


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
                special_tokens=MARKS,
                initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                show_progress=False,
            ),
        )
        cases.append(case(name, tokenizer))
    for name, form in SENTENCE_FORMS.items():
        cases.append(case(name, sentence_tokenizer(files, *form)))
    made = {"texts": TEXTS, "cases": cases}
    (FOLDER / "tokenizer_cases.json").write_text(json.dumps(made, ensure_ascii=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
