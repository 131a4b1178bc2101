"""The structured answers of the tools: what their output schemas are made from."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class Answer(BaseModel):
    next_cursor: str | None = Field(None, description="Give it as `cursor` for what did not fit; null: this was all.")
    truncated: bool = Field(
        False, description="A limit of the server cut the answer; a narrower question shows the rest."
    )
    warnings: list[str] = Field(default_factory=list)
    snapshots: list[str] = Field(default_factory=list, description="The states of the repositories that were read.")


class Passage(BaseModel):
    location: str = Field(description="path:line")
    end_line: int
    repository: str
    kind: str
    name: str
    id: str = Field(description="For `show` and `trace`.")
    score: float
    reasons: list[str]
    text: str


class SearchAnswer(Answer):
    results: list[Passage]


class Step(BaseModel):
    signal: str = Field(description="Hierarchical path.")
    id: str
    depth: int
    location: str = Field(description="path:line of the statement that makes the flow, or of the traced signal.")
    reached_from: str | None = Field(None, description="The signal one step nearer to the traced one; null: it itself.")
    flow: str = Field(
        "", description="How it flows: register, continuous, blocking, connection; control, index, clock ..."
    )
    when: str = Field("", description="The condition it stands under.")
    goes_on: bool = Field(
        False, description="There is more behind it that a limit or stop rule kept from being walked."
    )


class TraceAnswer(Answer):
    direction: str
    steps: list[Step]


class InstanceEntry(BaseModel):
    path: str
    module: str
    location: str | None = Field(description="path:line of the module; null: no file defines it.")
    parameters: dict[str, str] = Field(default_factory=dict)


class TreeAnswer(Answer):
    instances: list[InstanceEntry]


class Relation(BaseModel):
    direction: str = Field(description="'out': from the element; 'in': to it.")
    kind: str
    name: str
    location: str
    when: str = ""


class ShowAnswer(Answer):
    name: str
    kind: str
    location: str
    end_line: int
    id: str
    declaration: str = Field("", description="Direction, type and dimensions as written.")
    doc: str = ""
    inside: list[str] = Field(default_factory=list, description="Enclosing elements, outermost first.")
    hierarchical_paths: list[str] = Field(default_factory=list)
    edges: list[Relation] = Field(default_factory=list)
    source: str = Field("", description="Numbered lines.")


class SnippetEntry(BaseModel):
    location: str
    end_line: int
    repository: str
    kind: str
    name: str
    reason: str
    text: str


class ContextAnswer(Answer):
    tokens: int
    snippets: list[SnippetEntry]


class QueryAnswer(Answer):
    columns: list[str]
    rows: list[list[Any]]
