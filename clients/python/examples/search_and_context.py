#!/usr/bin/env python3
"""Asks a Fanin server from Python: a search, then the context for a completion.

Usage: search_and_context.py SERVER REPOSITORY QUERY FILE LINE

  fanin serve &
  examples/search_and_context.py 127.0.0.1:7411 mailbox 'pointer gray code' rtl/mailbox.sv 40

SERVER is host:port.
"""

import sys

from fanin import Fanin, FaninError


def search(client: Fanin, query: str) -> None:
    results = client.search(query, limit=5)
    print(f"{len(results)} results of {results.snapshots[0]}")
    for result in results:
        print(f"{result.location}: {result.node.kind} {result.node.name} ({'; '.join(result.reasons)})")


def complete(client: Fanin, path: str, line: int) -> None:
    context = client.complete(path, line, budget=1000)
    print(f"{len(context)} snippets, {context.tokens} tokens")
    for snippet in context:
        print(f"{snippet.location}: {snippet.kind} {snippet.name} ({snippet.reason})")


def main(server: str, repository: str, query: str, path: str, line: str) -> None:
    with Fanin(server, repository=repository, timeout=10) as client:
        try:
            search(client, query)
            complete(client, path, int(line))
        except FaninError as error:
            sys.exit(f"{error.code}: {error}")


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
