#!/usr/bin/env python3
"""Writes the SPDX 2.3 bill of materials of a built program: its libraries with versions, licences and digests.

Usage: make_sbom.py BINARY OUTPUT.spdx.json

Libraries are those that the loader finds for the program. Versions are Debian's where a package owns the file, else those
of THIRD_PARTY.md, whose table also has the licences; a library that it does not name has the licence NOASSERTION. Needs
spdx-tools of PyPI (the SPDX project's own library), which also checks the document.
"""

import datetime
import hashlib
import re
import subprocess
import sys
from pathlib import Path

from license_expression import get_spdx_licensing
from spdx_tools.spdx.model import (
    Actor,
    ActorType,
    Checksum,
    ChecksumAlgorithm,
    CreationInfo,
    Document,
    Package,
    Relationship,
    RelationshipType,
    SpdxNoAssertion,
)
from spdx_tools.spdx.writer.write_anything import write_file

ROOT = Path(__file__).resolve().parents[1]
# Linked into the program itself.
STATIC = ("slang", "boost.unordered", "bs::thread_pool")
# Names of libraries whose row of THIRD_PARTY.md calls them otherwise.
CALLED = {
    "grpc": "grpc", "grpc++": "grpc", "gpr": "grpc", "address_sorting": "grpc", "upb": "grpc",
    "protobuf": "protocol buffers",
    "absl": "abseil", "cares": "c-ares", "z": "zlib", "fmt": "{fmt}", "tbb": "onetbb", "openvino": "openvino runtime",
    "stdc++": "libstdc++", "gcc_s": "libstdc++", "gomp": "libgomp", "gfortran": "libgomp", "quadmath": "libgomp",
    "crypto": "openssl libcrypto", "ssl": "openssl libcrypto", "zstd": "zstandard", "bz2": "bzip2", "lzma": "xz utils",
    "roaring": "croaring", "prometheus-cpp-core": "prometheus-cpp", "tomlplusplus": "toml++", "blas": "openblas",
    "lapack": "openblas", "c": "gnu c library", "m": "gnu c library", "dl": "gnu c library", "pthread": "gnu c library",
    "brotlicommon": "brotli", "brotlidec": "brotli", "brotlienc": "brotli", "unwind": "libunwind",
}  # fmt: skip

# Licences that the table writes otherwise.
SPDX_NAMES = {
    "GPL-3.0 with the GCC runtime exception": "GPL-3.0-only WITH GCC-exception-3.1",
    "bzip2": "bzip2-1.0.6",
    "public domain": "LicenseRef-public-domain",
}


def licences():
    """Licence and version by the lower-case name of what is linked, from the first table of THIRD_PARTY.md."""
    table = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8").split("\n## ")[1]
    found = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 5 or cells[0] in ("what", "---"):
            continue
        names = re.split(r",| and ", re.sub(r"\(.*?\)", "", cells[0]))
        versions, licence_cells = cells[1].split(", "), re.sub(r"\(.*?\)", "", cells[2]).split(", ")
        for index, name in enumerate(names):
            licence = licence_cells[min(index, len(licence_cells) - 1)].strip()
            found[name.strip().lower()] = (licence, versions[min(index, len(versions) - 1)])
    return found


def linked(binary):
    """Paths of the libraries, as the loader finds them."""
    listing = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
    return sorted(Path(path) for path in re.findall(r"=> (/\S+)", listing))


def debian_package(library):
    """Name and version of the package that owns a file; None: none does."""
    for path in {library, library.resolve(), Path(str(library).removeprefix("/usr"))}:
        owner = subprocess.run(["dpkg-query", "--search", path], capture_output=True, text=True)
        if owner.returncode == 0:
            name = owner.stdout.split(": ")[0].split(",")[0]
            form = "${source:Package} ${Version}"
            shown = subprocess.run(
                ["dpkg-query", "--show", f"--showformat={form}", name], capture_output=True, text=True
            )
            return (name.split(":")[0], shown.stdout.split()[1])
    return None


def licence_of(name, table):
    stem = re.sub(r"^lib|\.so.*$|-[\d.]+$", "", name)
    called = CALLED.get(stem) or next(
        (called for prefix, called in CALLED.items() if stem.startswith(prefix + "_")), stem
    )
    text, version = table.get(called, (None, None))
    if text is None:
        return SpdxNoAssertion(), version
    try:
        expression = get_spdx_licensing().parse(SPDX_NAMES.get(text, text), validate=True)
    except ValueError:
        return SpdxNoAssertion(), version
    return expression, version


def main():
    binary, output = sys.argv[1:]
    table = licences()
    version = re.search(
        r"project\(fanin VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    ).group(1)
    digest = hashlib.sha256(Path(binary).read_bytes()).hexdigest()
    document = Document(
        CreationInfo(
            spdx_version="SPDX-2.3",
            spdx_id="SPDXRef-DOCUMENT",
            name=f"fanin-{version}",
            document_namespace=f"urn:fanin:{version}:{digest}",
            creators=[Actor(ActorType.TOOL, "fanin-make-sbom")],
            created=datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0, tzinfo=None),
        )
    )
    licensing = get_spdx_licensing()
    document.packages = [
        Package(
            spdx_id="SPDXRef-fanin", name="fanin", version=version, download_location=SpdxNoAssertion(), files_analyzed=False,
            license_declared=licensing.parse("Apache-2.0"), license_concluded=licensing.parse("Apache-2.0"),
            checksums=[Checksum(ChecksumAlgorithm.SHA256, digest)],
        )
    ]  # fmt: skip
    document.relationships = [Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, "SPDXRef-fanin")]
    for library in linked(binary):
        owner = debian_package(library)
        licence, stated = licence_of(library.name, table)
        spdx_id = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", library.name)
        document.packages.append(
            Package(
                spdx_id=spdx_id, name=library.name, version=owner[1] if owner else stated, files_analyzed=False,
                download_location=SpdxNoAssertion(), license_declared=licence, license_concluded=SpdxNoAssertion(),
                comment=f"Debian package {owner[0]}" if owner else "not of Debian; see THIRD_PARTY.md",
                checksums=[Checksum(ChecksumAlgorithm.SHA256, hashlib.sha256(library.read_bytes()).hexdigest())],
            )
        )  # fmt: skip
        document.relationships.append(Relationship("SPDXRef-fanin", RelationshipType.DYNAMIC_LINK, spdx_id))
    for name in STATIC:
        licence, stated = licence_of(name, table)
        spdx_id = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)
        document.packages.append(
            Package(
                spdx_id=spdx_id, name=name, version=stated or None, files_analyzed=False,
                download_location=SpdxNoAssertion(), license_declared=licence, license_concluded=SpdxNoAssertion(), comment="see THIRD_PARTY.md",
            )
        )  # fmt: skip
        document.relationships.append(Relationship("SPDXRef-fanin", RelationshipType.STATIC_LINK, spdx_id))
    write_file(document, output)  # which validates it
    unknown = sum(isinstance(package.license_declared, SpdxNoAssertion) for package in document.packages)
    print(f"{len(document.packages)} packages, {unknown} without a licence in THIRD_PARTY.md")


if __name__ == "__main__":
    main()
