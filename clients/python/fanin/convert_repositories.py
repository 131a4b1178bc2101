"""From messages about repositories and their snapshots to the dataclasses of fanin.results."""

from __future__ import annotations

from datetime import datetime, timezone

from google.protobuf import timestamp_pb2

from fanin import results as r
from fanin.convert import edge, node, short, word
from fanin.v1 import diff_pb2, repository_pb2, repository_service_pb2


def _time(value: timestamp_pb2.Timestamp) -> datetime:
    return value.ToDatetime(tzinfo=timezone.utc)


def snapshot(value: repository_pb2.Snapshot) -> r.Snapshot:
    return r.Snapshot(
        id=value.name,
        create_time=_time(value.create_time),
        revision=value.revision,
        files=value.files,
        lines=value.lines,
        nodes=value.nodes,
        chunks=value.chunks,
        source_bytes=value.source_bytes,
        files_with_errors=value.files_with_errors,
        lost_files=tuple(r.LostFile(file.path, file.reason) for file in value.lost_files),
        external_definitions=tuple(value.external_definitions),
    )


def parse_problem(value: repository_pb2.ParseProblem) -> r.ParseProblem:
    return r.ParseProblem(value.path, value.line, value.message, value.errors)


def repository(value: repository_pb2.Repository) -> r.Repository:
    return r.Repository(
        name=short(value.name),
        root=value.root,
        state=word(repository_pb2.Repository.State.Name(value.state), "STATE_"),
        create_time=_time(value.create_time),
        latest_snapshot=snapshot(value.latest_snapshot) if value.HasField("latest_snapshot") else None,
        semantic_coverage=value.semantic_coverage,
        warnings=tuple(value.warnings),
        current_job=value.current_job,
        parse_problems=tuple(map(parse_problem, value.parse_problems)),
        designs=tuple(map(design, value.designs)),
    )


def design(value: repository_pb2.Design) -> r.Design:
    return r.Design(
        name=value.name,
        files=value.files,
        elaborated=tuple(value.elaborated),
        problems=tuple(r.DesignProblem(p.definition, p.path, p.line, p.reason) for p in value.problems),
        unknown=tuple(value.unknown),
        specialised_definitions=value.specialised_definitions,
        instances=value.instances,
    )


def progress(value: repository_pb2.IndexProgress) -> r.Progress:
    return r.Progress(word(repository_pb2.IndexProgress.Phase.Name(value.phase), "PHASE_"), value.done, value.total)


def index_summary(value: repository_pb2.IndexSummary) -> r.IndexSummary:
    return r.IndexSummary(
        snapshot=value.snapshot,
        up_to_date=value.up_to_date,
        revision=value.revision,
        files=value.files,
        files_reused=value.files_reused,
        lines=value.lines,
        nodes=dict(sorted(value.nodes.items())),
        edges=value.edges,
        references=value.references,
        references_resolved=value.references_resolved,
        lost_files=tuple(r.LostFile(file.path, file.reason) for file in value.lost_files),
        files_with_errors=value.files_with_errors,
        chunks=value.chunks,
        chunks_embedded=value.chunks_embedded,
        semantic_coverage=value.semantic_coverage,
        warnings=tuple(value.warnings),
        total_seconds=value.total_seconds,
        parse_problems=tuple(map(parse_problem, value.parse_problems)),
    )


def status(value: repository_service_pb2.GetStatusResponse) -> r.Status:
    return r.Status(
        version=value.version,
        state=word(repository_service_pb2.GetStatusResponse.State.Name(value.state), "STATE_"),
        data_dir=value.data_dir,
        data_bytes=value.data_bytes,
        embedding_model=value.embedding_model,
        uptime_seconds=value.uptime.ToTimedelta().total_seconds(),
        repositories=tuple(map(repository, value.repositories)),
        warnings=tuple(value.warnings),
    )


def _change(value: diff_pb2.ChangeKind) -> str:
    return word(diff_pb2.ChangeKind.Name(value), "CHANGE_KIND_")


def _counts(value: diff_pb2.ChangeCounts) -> r.ChangeCounts:
    return r.ChangeCounts(value.added, value.removed, value.changed)


def difference(value: diff_pb2.CompareSnapshotsResponse) -> r.Difference:
    nodes = tuple(
        r.NodeChange(
            change=_change(c.change),
            before=node(c.before) if c.HasField("before") else None,
            after=node(c.after) if c.HasField("after") else None,
            differences=tuple(c.differences),
        )
        for c in value.nodes
    )
    edges = tuple(
        r.EdgeChange(
            change=_change(c.change),
            edge=edge(c.edge),
            before=edge(c.before) if c.HasField("before") else None,
            from_node=node(getattr(c, "from")),
            to_node=node(c.to),
        )
        for c in value.edges
    )
    return r.Difference(
        older=getattr(value, "from"),
        newer=value.to,
        nodes=nodes,
        edges=edges,
        node_counts=_counts(value.node_counts),
        edge_counts=_counts(value.edge_counts),
        files=value.files_compared,
        truncated=value.truncated,
    )
