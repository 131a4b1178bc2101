"""Tunes the embedding model's top layers on RTL: `fanin-train`, docs/embedding.md. For developers; nothing at run time needs it."""
