"""How long suspects take from a signal: random outputs of random modules, one after the other, on a warm index."""

import random
from collections.abc import Sequence
from pathlib import Path

import grpc

from fanin.eval.mutations import Dataflow
from fanin.eval.rtl_text import RtlFile
from fanin.eval.server import DEFAULT_SUSPECTS, Server


def debug_milliseconds(data: Path, repository: str, files: Sequence[RtlFile], count: int, seed: int) -> list[float]:
    """Of each answer the milliseconds that the server took; names that it does not know are passed over."""
    outputs = [
        f"{module.name}.{name}"
        for file in files
        for module in file.definitions
        for name in sorted(Dataflow(file, module).outputs)
    ]
    random.Random(f"{seed}:latency").shuffle(outputs)
    times: list[float] = []
    with Server(data) as server:
        for name in outputs:
            if len(times) == count:
                break
            try:
                for _ in range(2):  # the first reads what the second finds in memory
                    answer = server.debug(repository, signals=[name], max_suspects=DEFAULT_SUSPECTS)
                times.append(answer.milliseconds)
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.NOT_FOUND:
                    raise
    return times
