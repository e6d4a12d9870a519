#!/usr/bin/env python3
"""Checks that every folder of src/ includes only the folders that design.md section 3 allows, and that heavy third-party
headers stay in .cc files of the folders that own them. Run as a test; prints each offence as FILE:LINE and exits 1."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent / "src"

# Folder -> the folders it may include besides itself. An entry with a slash allows that one header only.
ALLOWED = {
    "base": [],
    "codec": ["base"],
    "model": ["base", "codec"],
    "hcl": ["base", "codec"],
    "gotmpl": ["base", "codec"],
    "jobspec": ["base", "codec", "hcl", "model"],
    "state": ["base", "codec", "model"],
    "sched": ["base", "codec", "model", "state", "drivers/permission.h"],
    "sys": ["base"],
    "store": ["base", "sys"],
    "net": ["base", "sys"],
    "expose": ["base", "codec", "model", "jobspec", "state", "net"],
    "rpc": ["base", "model", "codec", "net"],
    "server": ["base", "codec", "model", "state", "sched", "store", "rpc", "net"],
    "api": ["base", "codec", "model", "jobspec", "net", "state", "expose", "drivers/schema.h", "server/frontend.h", "rpc/messages.h"],
    "drivers": ["base", "sys", "model", "codec", "net"],
    "assets": ["base", "sys", "model", "codec", "net"],
    "client": ["base", "sys", "model", "codec", "drivers", "assets", "gotmpl", "rpc", "net", "jobspec/nosana_endpoint.h",
               "jobspec/nosana_literals.h", "jobspec/nosana_resolve.h", "jobspec/nosana_results.h"],
    "simulate": ["base", "model", "codec", "client/sync/update_queue.h", "rpc", "net"],
    "cli": ["base", "codec", "model", "jobspec", "net", "hcl/functions.h", "hcl/format.h"],
    "agent": None,  # the wiring: everything
}

# A third-party header prefix -> the folders whose .cc files may include it.
THIRD_PARTY = {
    "boost/asio": ["net"],
    "boost/beast": ["net"],
    "boost/json": ["codec", "hcl"],
    "spdlog/": ["base"],
    "rocksdb/": ["store"],
    "grpcpp/": ["rpc"],
    "google/protobuf": ["rpc"],
    "CLI/": ["cli", "agent"],
    "curl/": ["assets"],
    "re2/": ["model", "hcl", "jobspec", "gotmpl"],
    "absl/": ["model", "rpc"],
    "yaml-cpp/": ["hcl", "jobspec", "gotmpl"],
    "pcre2": ["jobspec"],
    "utf8proc": ["hcl", "gotmpl"],
}
HEADERS_THAT_MAY = {"net/task.h": "boost/asio/awaitable.hpp"}

# Programs of their own inside src/, with includes relative to themselves.
STANDALONE = ("sys/supervisor/",)

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def includes(path):
    """(line number, is a system header, target) of each include of a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == "<", match.group(2)


def folder_offences(name, found):
    folder = name.split("/")[0]
    allowed = ALLOWED.get(folder)
    for number, is_system, target in found:
        other = target.split("/")[0]
        if is_system or allowed is None or other in (folder, "testutil") or name.endswith("_test.cc"):
            continue
        if other not in ALLOWED:
            yield f'src/{name}:{number}: "{target}" is not relative to src/'
        elif other not in allowed and target not in allowed:
            yield f"src/{name}:{number}: {folder}/ may not include {target}"


def third_party_offences(name, found, seen_from_outside):
    for number, is_system, target in found:
        for prefix, owners in THIRD_PARTY.items():
            if not is_system or not target.startswith(prefix) or HEADERS_THAT_MAY.get(name) == target:
                continue
            if name.split("/")[0] not in owners:
                yield f"src/{name}:{number}: <{target}> belongs to {', '.join(owners)}"
            elif name in seen_from_outside:
                yield f"src/{name}:{number}: <{target}> is heavy and other folders reach this header"


def reachable_from_outside(graph):
    """The headers that some file of another folder includes, directly or through other headers."""
    seen = set()
    queue = [target for name, found in graph.items() for _, is_system, target in found
             if not is_system and target in graph and target.split("/")[0] != name.split("/")[0]]
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue += [target for _, is_system, target in graph[name] if not is_system and target in graph]
    return seen


def main():
    files = [path for path in sorted(ROOT.rglob("*")) if path.suffix in (".h", ".cc")]
    graph = {str(path.relative_to(ROOT)): list(includes(path)) for path in files}
    graph = {name: found for name, found in graph.items() if not name.startswith(STANDALONE)}
    outside = reachable_from_outside(graph)
    found = [offence for name, items in graph.items()
             for offence in (*folder_offences(name, items), *third_party_offences(name, items, outside))]
    print("\n".join(found) if found else f"includes: {len(graph)} files keep to the table")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
