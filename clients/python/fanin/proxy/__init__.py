"""fanin-proxy: an OpenAI-compatible endpoint that adds Fanin's context to requests. docs/proxy.md is the manual."""
