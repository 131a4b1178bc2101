"""What Fanin adds to a request, within a deadline; and why it added nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fanin import AsyncFanin, FaninError, UnavailableError
from fanin.budget import estimate_tokens
from fanin.proxy import prompts

# After a server was found unavailable, it is not asked again for so long.
_REST_SECONDS = 5.0
_PASSAGES = 20


@dataclass(frozen=True)
class Outcome:
    # None: pass the request on as it came.
    body: dict[str, Any] | None
    # For the log and the response's header: what was added, or why nothing was.
    said: str


@dataclass(frozen=True)
class _File:
    repository: str
    path: str


class ContextSource:
    """Asks one Fanin server."""

    def __init__(self, fanin: AsyncFanin, repository: str | None, budget: int, deadline_seconds: float):
        self._fanin = fanin
        self._repository = repository
        self._budget = budget
        self._deadline = deadline_seconds
        self._rest_until = 0.0

    async def add(self, path: str, body: dict[str, Any]) -> Outcome:
        """The body of a request to a path of the API with context added. Never fails, never takes longer than the
        deadline."""
        add = {"/v1/completions": self._completion, "/v1/chat/completions": self._chat}[path]
        begin = time.monotonic()
        if begin < self._rest_until:
            return Outcome(None, "none: Fanin was unavailable a moment ago")
        try:
            outcome = await asyncio.wait_for(add(body), self._deadline)
        except asyncio.TimeoutError:
            return Outcome(None, f"none: Fanin took longer than {self._deadline * 1000:.0f} ms")
        except UnavailableError as error:
            self._rest_until = time.monotonic() + _REST_SECONDS
            return Outcome(None, f"none: Fanin is unavailable: {error}")
        except FaninError as error:
            return Outcome(None, f"none: {error.code}: {error}")
        milliseconds = (time.monotonic() - begin) * 1000
        return Outcome(outcome.body, f"{outcome.said}, {milliseconds:.0f} ms")

    async def _completion(self, body: dict[str, Any]) -> Outcome:
        gap = prompts.find_gap(body)
        if gap is None:
            return Outcome(None, "none: the prompt is no text")
        file = await self._find_file(body["prompt"], gap)
        if file is None:
            return Outcome(None, "none: the prompt is of no indexed file")
        last_line = gap.prefix.rpartition("\n")[2]
        context = await self._fanin.complete(
            file.path,
            gap.prefix.count("\n") + 1,
            len(last_line.encode()) + 1,
            repository=file.repository,
            budget=self._budget,
            overlays={file.path: gap.prefix + gap.suffix},
            timeout=self._deadline,
        )
        new = (snippet for snippet in context if not prompts.already_there(snippet.text, gap))
        comments, tokens = self._within_budget(map(prompts.commented, new))
        if not comments:
            return Outcome(None, f"none: nothing for {file.path}")
        said = f"{len(comments)} snippets, {tokens} tokens for {file.path}"
        return Outcome(prompts.with_comments(body, gap, comments), said)

    def _within_budget(self, texts: Iterable[str]) -> tuple[list[str], int]:
        """The texts that fit, best first, and what they take: comment marks and places count too."""
        chosen, tokens = [], 0
        for text in texts:
            estimate = estimate_tokens(text)
            if tokens + estimate <= self._budget:
                chosen.append(text)
                tokens += estimate
        return chosen, tokens

    async def _find_file(self, prompt: str, gap: prompts.Gap) -> _File | None:
        """The file under the cursor: by the definition that is open there, else by lines that only one file has, else a
        new one where the prompt says its path or it is RTL at all."""
        definition = prompts.enclosing_definition(gap.prefix)
        queries = [f'name:"{definition}" (kind:definition OR kind:package OR kind:class)'] if definition else []
        queries += [prompts.phrase(line) for line in prompts.telling_lines(gap)]
        for query in queries:
            found = await self._one_file(query)
            if found:
                return found
        path = prompts.path_said(prompt, gap) or (f"{definition}.sv" if definition else None)
        return await self._new_file(path) if path else None

    async def _one_file(self, query: str) -> _File | None:
        """Where a query has all its answers."""
        results = await self._fanin.search(query, repositories=self._repositories, limit=5, timeout=self._deadline)
        places = {(found.node.repository, found.node.path) for found in results}
        if len(places) != 1 or results[0].also_at:
            return None
        return _File(*places.pop())

    async def _new_file(self, path: str) -> _File | None:
        """A file that need not be indexed, in the one repository that it can be of."""
        if self._repository:
            return _File(self._repository, path)
        repositories = [item async for item in self._fanin.repositories(timeout=self._deadline)]
        return _File(repositories[0].name, path) if len(repositories) == 1 else None

    @property
    def _repositories(self) -> list[str]:
        return [self._repository] if self._repository else []

    async def _chat(self, body: dict[str, Any]) -> Outcome:
        question = prompts.last_question(body)
        words = prompts.words_of(question) if question else ""
        if not words:
            return Outcome(None, "none: the last message has no text of the user")
        results = await self._fanin.search(
            words, repositories=self._repositories, limit=_PASSAGES, timeout=self._deadline
        )
        passages, tokens = self._within_budget(map(prompts.fenced, results))
        if not passages:
            return Outcome(None, "none: nothing found")
        return Outcome(prompts.with_passages(body, passages), f"{len(passages)} passages, {tokens} tokens")
