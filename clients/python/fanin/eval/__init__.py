"""Evaluation of retrieval: search, completion and debugging measured on git checkouts (docs/evaluation.md)."""
