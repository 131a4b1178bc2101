"""Deadlines and retries of the Python package, against a server of the tests that fails as told."""

import asyncio
import threading
import unittest
from concurrent import futures

import fanin
import grpc
from fanin import AsyncFanin, Fanin
from fanin.v1 import (
    repository_pb2,
    repository_service_pb2,
    repository_service_pb2_grpc,
    retrieval_service_pb2_grpc,
    search_pb2,
)


class Failing(
    retrieval_service_pb2_grpc.RetrievalServiceServicer, repository_service_pb2_grpc.RepositoryServiceServicer
):
    """Fails the first `failures` calls with `code`; counts all. Search waits for `go` too."""

    def __init__(self, failures, code=grpc.StatusCode.UNAVAILABLE):
        self.failures = failures
        self.code = code
        self.calls = 0
        self.go = threading.Event()
        self.go.set()

    def fail(self, context):
        self.calls += 1
        if self.calls <= self.failures:
            context.abort(self.code, "as told")

    def Search(self, request, context):
        self.fail(context)
        self.go.wait()
        return search_pb2.SearchResponse(plan="answered")

    def GetRepository(self, request, context):
        self.fail(context)
        return repository_service_pb2.GetRepositoryResponse(repository=repository_pb2.Repository(root="/rtl"))

    def DeleteRepository(self, request, context):
        self.fail(context)
        return repository_service_pb2.DeleteRepositoryResponse()


class Retries(unittest.TestCase):
    def serve(self, failing):
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        retrieval_service_pb2_grpc.add_RetrievalServiceServicer_to_server(failing, server)
        repository_service_pb2_grpc.add_RepositoryServiceServicer_to_server(failing, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self.addCleanup(lambda: server.stop(None).wait())
        self.addCleanup(failing.go.set)
        return f"127.0.0.1:{port}"

    def test_a_question_is_asked_again_while_the_server_is_unavailable(self):
        failing = Failing(2)
        with Fanin(self.serve(failing)) as client:
            self.assertEqual(client.search("x").plan, "answered")
        self.assertEqual(failing.calls, 3)

    def test_asyncio_asks_again_too(self):
        failing = Failing(2)
        address = self.serve(failing)

        async def ask():
            async with AsyncFanin(address) as client:
                return (await client.search("x")).plan

        self.assertEqual(asyncio.run(ask()), "answered")
        self.assertEqual(failing.calls, 3)

    def test_reading_a_repository_is_asked_again(self):
        failing = Failing(1)
        with Fanin(self.serve(failing)) as client:
            self.assertEqual(client.repository("x").root, "/rtl")

    def test_four_failures_are_enough(self):
        failing = Failing(100)
        with Fanin(self.serve(failing)) as client, self.assertRaises(fanin.UnavailableError):
            client.search("x")
        self.assertEqual(failing.calls, 4)

    def test_what_changes_something_is_done_once(self):
        failing = Failing(1)
        with Fanin(self.serve(failing)) as client, self.assertRaises(fanin.UnavailableError):
            client.delete_repository("x")
        self.assertEqual(failing.calls, 1)

    def test_another_failure_is_final(self):
        failing = Failing(1, grpc.StatusCode.DATA_LOSS)
        with Fanin(self.serve(failing)) as client, self.assertRaises(fanin.DataLossError):
            client.search("x")
        self.assertEqual(failing.calls, 1)

    def test_a_deadline_is_kept_that_of_the_call_before_that_of_the_client(self):
        failing = Failing(0)
        address = self.serve(failing)
        failing.go.clear()
        with Fanin(address, timeout=0.2) as client, self.assertRaises(fanin.DeadlineExceededError):
            client.search("x")
        with Fanin(address) as client, self.assertRaises(fanin.DeadlineExceededError):
            client.search("x", timeout=0.2)

    def test_retries_end_with_the_deadline(self):
        failing = Failing(100)
        address = self.serve(failing)
        with Fanin(address) as client:
            with self.assertRaises((fanin.DeadlineExceededError, fanin.UnavailableError)):
                client.search("x", timeout=0.01)
        self.assertLess(failing.calls, 4)


if __name__ == "__main__":
    unittest.main()
