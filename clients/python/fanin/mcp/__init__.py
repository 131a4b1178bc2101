"""fanin-mcp: Fanin's questions as tools of the Model Context Protocol. docs/mcp.md is the manual."""
