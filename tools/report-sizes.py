#!/usr/bin/env python3
"""Reports sources over the soft size budget (docs/architecture.md): .cc files over 600 lines, headers over 250."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUDGET = {".cc": 600, ".h": 250}

sizes = {path: len(path.read_text(encoding="utf-8").splitlines())
         for path in ROOT.joinpath("src").rglob("*") if path.suffix in BUDGET}
over = sorted((size, path) for path, size in sizes.items() if size > BUDGET[path.suffix])
for size, path in reversed(over):
    print(f"{path.relative_to(ROOT)}: {size} lines, the budget is {BUDGET[path.suffix]}")
ordered = sorted(sizes.values())
print(f"{len(sizes)} files, {sum(ordered)} lines, median {ordered[len(ordered) // 2]}" if ordered else "no sources")
