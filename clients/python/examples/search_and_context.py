#!/usr/bin/env python3
"""Asks a Fanin server from Python: a search, then the context for a completion.

Usage: search_and_context.py SERVER REPOSITORY QUERY FILE LINE

  fanin/build_stubs.py                                    once
  fanin serve &
  examples/search_and_context.py 127.0.0.1:7411 mailbox 'pointer gray code' rtl/mailbox.sv 40

Only the generated stubs are used; SERVER is host:port.
"""

import sys
from pathlib import Path

import grpc

sys.path.append(str(Path(__file__).resolve().parent.parent))

from fanin.v1 import context_pb2, node_pb2, retrieval_service_pb2_grpc, search_pb2

DEADLINE_SECONDS = 10


def search(stub, repository, query):
    request = search_pb2.SearchRequest(repositories=[f"repositories/{repository}"], query=query, page_size=5)
    response = stub.Search(request, timeout=DEADLINE_SECONDS)
    print(f"{len(response.results)} results of {response.snapshots[0]}")
    for result in response.results:
        node = result.node
        print(f"{node.path}:{node.start_line}: {node.kind} {node.name} ({'; '.join(result.reasons)})")


def complete(stub, repository, path, line):
    request = context_pb2.AssembleContextRequest(
        repository=f"repositories/{repository}",
        budget_tokens=1000,
        completion=context_pb2.CompletionTask(cursor=node_pb2.SourcePosition(path=path, line=line)),
    )
    response = stub.AssembleContext(request, timeout=DEADLINE_SECONDS)
    print(f"{len(response.snippets)} snippets, {response.tokens} tokens")
    for snippet in response.snippets:
        print(f"{snippet.path}:{snippet.range.start_line}: {snippet.kind} {snippet.name} ({snippet.reason})")


def main(server, repository, query, path, line):
    with grpc.insecure_channel(server) as channel:
        stub = retrieval_service_pb2_grpc.RetrievalServiceStub(channel)
        try:
            search(stub, repository, query)
            complete(stub, repository, path, int(line))
        except grpc.RpcError as error:
            sys.exit(f"{error.code().name}: {error.details()}")


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
