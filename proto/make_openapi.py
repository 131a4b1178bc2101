#!/usr/bin/env python3
"""Writes proto/openapi.json: the HTTP interface as OpenAPI 3.1, from the protos, their comments and google.api.http options.

Usage: make_openapi.py [--check]     --check: write nothing; exit code 1 when the file is not what would be written

Needs grpcio-tools and googleapis-common-protos, which scripts/setup.sh installs in the environment of the cache folder.
"""

import json
import re
import sys
import tempfile
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2
from grpc_tools import protoc

PROTO_FOLDER = Path(__file__).resolve().parent
DOCUMENT = PROTO_FOLDER / "openapi.json"

Field = descriptor_pb2.FieldDescriptorProto
# proto3 JSON: 64-bit integers are strings.
SCALARS = {
    Field.TYPE_DOUBLE: {"type": "number", "format": "double"},
    Field.TYPE_FLOAT: {"type": "number", "format": "float"},
    Field.TYPE_INT32: {"type": "integer", "format": "int32"},
    Field.TYPE_UINT32: {"type": "integer", "format": "uint32"},
    Field.TYPE_INT64: {"type": "string", "format": "int64"},
    Field.TYPE_UINT64: {"type": "string", "format": "uint64"},
    Field.TYPE_BOOL: {"type": "boolean"},
    Field.TYPE_STRING: {"type": "string"},
    Field.TYPE_BYTES: {"type": "string", "format": "byte"},
}
WELL_KNOWN = {
    ".google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    ".google.protobuf.Duration": {"type": "string", "pattern": r"^-?\d+(\.\d{1,9})?s$"},
}
STATUS = {
    "description": "google.rpc.Status: what went wrong. HTTP codes are those of google/rpc/code.proto.",
    "type": "object",
    "properties": {
        "code": {"type": "integer", "description": "A google.rpc.Code."},
        "message": {"type": "string"},
        "details": {
            "type": "array",
            "items": {"type": "object", "properties": {"@type": {"type": "string"}}},
            "description": "google.rpc.BadRequest for INVALID_ARGUMENT: which fields are wrong, and how.",
        },
    },
}
TIMEOUT = {
    "name": "Grpc-Timeout",
    "in": "header",
    "description": "The call's deadline: digits and H, M, S, m, u or n; `500m` is half a second.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,8}[HMSmun]$"},
}


def read_protos():
    """All files of fanin.v1, with comments."""
    protos = sorted(str(path.relative_to(PROTO_FOLDER)) for path in (PROTO_FOLDER / "fanin").rglob("*.proto"))
    with tempfile.NamedTemporaryFile() as out:
        flags = [f"--proto_path={PROTO_FOLDER}", f"--descriptor_set_out={out.name}", "--include_source_info"]
        well_known = Path(protoc.__file__).parent / "_proto"
        if protoc.main(["protoc", *flags, f"--proto_path={well_known}", *protos]) != 0:
            sys.exit("protoc failed")
        return descriptor_pb2.FileDescriptorSet.FromString(out.read()).file


def expand(template):
    """The paths of a template, one parameter a segment: {name=repositories/*} is repositories/{repository}."""
    # "**" after repositories: a repository, or one of its snapshots.
    if "repositories/**" in template:
        for names in ("repositories/*", "repositories/*/snapshots/*"):
            yield from expand(template.replace("repositories/**", names))
        return

    def name_segments(match):
        field, pattern = match.groups()
        segments = pattern.split("/")
        for index in range(1, len(segments)):
            if segments[index] == "*":
                segments[index] = "{" + re.sub(r"ie$", "y", segments[index - 1].removesuffix("s")) + "}"
        return "/".join(segments).replace("**", "{" + field + "}")

    yield re.sub(r"\{(\w+)=([^}]*)\}", name_segments, template)


class Writer:
    """Gathers schemas and paths of one document."""

    def __init__(self, files):
        self.schemas = {"google.rpc.Status": STATUS}
        self.paths = {}
        self.tags = []
        self.messages = {}  # full name -> descriptor
        for file in files:
            self.comments = {
                tuple(location.path): " ".join(location.leading_comments.split())
                for location in file.source_code_info.location
            }
            prefix = f".{file.package}."
            for index, message in enumerate(file.message_type):
                self.add_message(prefix + message.name, message, (4, index))
            for index, enum in enumerate(file.enum_type):
                self.add_enum(prefix + enum.name, enum, (5, index))
        for file in files:
            self.comments = {
                tuple(location.path): location.leading_comments for location in file.source_code_info.location
            }
            for index, service in enumerate(file.service):
                self.add_service(service, (6, index))

    def described(self, schema, path):
        """The schema with the comment at a path."""
        text = self.comments.get(path, "")
        return {**schema, "description": text} if text else schema

    def add_enum(self, name, enum, path):
        values = [value.name for value in enum.value]
        self.schemas[name[1:]] = self.described({"type": "string", "enum": values}, path)

    def add_message(self, name, message, path):
        self.messages[name] = message
        if message.options.map_entry:
            return
        for index, nested in enumerate(message.nested_type):
            self.add_message(f"{name}.{nested.name}", nested, (*path, 3, index))
        for index, enum in enumerate(message.enum_type):
            self.add_enum(f"{name}.{enum.name}", enum, (*path, 4, index))
        properties = {
            field.json_name: self.described(self.field(field), (*path, 2, index))
            for index, field in enumerate(message.field)
        }
        schema = {"type": "object", "properties": properties} if properties else {"type": "object"}
        self.schemas[name[1:]] = self.described(schema, path)

    def field(self, field):
        if field.type in (Field.TYPE_MESSAGE, Field.TYPE_ENUM):
            entry = self.messages.get(field.type_name)
            if entry is not None and entry.options.map_entry:
                return {"type": "object", "additionalProperties": self.field(entry.field[1])}
            one = WELL_KNOWN.get(field.type_name) or {"$ref": f"#/components/schemas/{field.type_name[1:]}"}
        else:
            one = SCALARS[field.type]
        return {"type": "array", "items": one} if field.label == Field.LABEL_REPEATED else dict(one)

    def add_service(self, service, path):
        self.tags.append({"name": service.name, "description": self.comments.get(path, "").strip()})
        for index, method in enumerate(service.method):
            comment = self.comments.get((*path, 2, index), "")
            rule = method.options.Extensions[annotations_pb2.http]
            if not rule.WhichOneof("pattern"):
                continue  # its request is a stream: for gRPC only
            number = 0
            for binding in [rule, *rule.additional_bindings]:
                verb = binding.WhichOneof("pattern")
                for url in expand(getattr(binding, verb)):
                    number += 1
                    operation_id = method.name if number == 1 else f"{method.name}_{number}"
                    self.add_operation(service, method, comment, verb, url, binding, operation_id)

    def add_operation(self, service, method, comment, verb, url, rule, operation_id):
        request = self.messages[method.input_type]
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"\{(\w+)\}", url)
        ]
        # Without "*", what is neither in the path nor the body is a query parameter.
        bound = {*re.findall(r"\{(\w+)[=}]", getattr(rule, verb)), rule.body}
        if rule.body != "*":
            for path, schema in self.query_parameters(request, bound):
                parameters.append({"name": path, "in": "query", "schema": schema})
        answer = {"$ref": f"#/components/schemas/{method.output_type[1:]}"}
        kind = "application/json"
        text = "The answer."
        if method.server_streaming:
            kind = "application/x-ndjson"
            text = "A line for each message; a last line with `error` when the call fails after the first."
            error = {"$ref": "#/components/schemas/google.rpc.Status"}
            answer = {"type": "object", "properties": {"result": answer, "error": error}}
        status = {"schema": {"$ref": "#/components/schemas/google.rpc.Status"}}
        operation = {
            "operationId": operation_id,
            "tags": [service.name],
            "summary": " ".join(comment.split()),
            "parameters": [*parameters, TIMEOUT],
            "responses": {
                "200": {"description": text, "content": {kind: {"schema": answer}}},
                "default": {"description": "The call failed.", "content": {"application/json": status}},
            },
        }
        if rule.body:
            name = method.input_type
            if rule.body != "*":
                name = next(field.type_name for field in request.field if field.name == rule.body)
            body = {"schema": {"$ref": f"#/components/schemas/{name[1:]}"}}
            operation["requestBody"] = {"required": rule.body != "*", "content": {"application/json": body}}
        self.paths.setdefault(url, {})[verb] = operation

    def query_parameters(self, message, bound, prefix=""):
        for field in message.field:
            if not prefix and field.name in bound:
                continue
            nested = self.messages.get(field.type_name)
            if nested is None:
                yield prefix + field.json_name, self.field(field)
            elif field.label != Field.LABEL_REPEATED:
                yield from self.query_parameters(nested, bound, f"{prefix}{field.json_name}.")


def make_document():
    writer = Writer(read_protos())
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Fanin",
            "version": "v1",
            "description": "The methods of fanin.v1 as JSON over HTTP. Messages are proto3 JSON; made from proto/fanin/v1.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": writer.tags,
        "paths": writer.paths,
        "components": {"schemas": writer.schemas},
    }
    return json.dumps(document, indent=1, sort_keys=False) + "\n"


def main():
    text = make_document()
    if "--check" in sys.argv[1:]:
        if not DOCUMENT.exists() or DOCUMENT.read_text() != text:
            sys.exit(f"{DOCUMENT} is not current: run proto/make_openapi.py")
        return
    DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
