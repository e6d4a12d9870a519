#!/usr/bin/env python3
"""How placing grows with nodes and with allocations: runs `drover-bench place` and `c1m` at several sizes, prints a table for
docs/benchmarks.md and draws docs/growth.svg. usage: growth.py DROVER_BENCH SVG"""
import json
import subprocess
import sys

NODES = (500, 1000, 2000, 5000, 10000)
# Allocations of the second series, on 5,000 nodes, in jobs of 1,000.
ALLOCATIONS = (1_000, 10_000, 100_000, 1_000_000)
WIDTH, HEIGHT, LEFT, BOTTOM = 640, 300, 70, 50


def run(program, name, jobs, count, nodes):
    """The figures of one run, by the last part of their names."""
    command = [program, name, "-json", "-jobs", str(jobs), "-count", str(count), "-nodes", str(nodes)]
    out = json.loads(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout)
    return {result["case"].split(": ")[1]: result["value"] for result in out["results"]}


def print_table(heading, rows):
    print(f"| {heading} | wall time | rate | server CPU an allocation | durable writes | peak memory |")
    print("|---|---|---|---|---|---|")
    for size, r in rows:
        print(f"| {size:,} | {r['wall time']:.2f} s | {r['rate']:,.0f}/s | {r['server CPU an allocation']:.0f} µs "
              f"| {r['durable writes (fdatasync)']:,.0f} | {r['server peak memory']:,.0f} MiB |")
    print()


def curve(points, most, colour, label, row):
    """One line of the plot: sizes are spaced evenly, because they grow by factors."""
    step = (WIDTH - LEFT - 45) / (len(points) - 1)
    at = [(LEFT + i * step, HEIGHT - BOTTOM - value / most * (HEIGHT - BOTTOM - 20)) for i, (_, value) in enumerate(points)]
    path = " ".join(f"{x:.0f},{y:.0f}" for x, y in at)
    out = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
    for (x, y), (size, _) in zip(at, points):
        out.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{colour}"/>')
        out.append(f'<text x="{x:.0f}" y="{HEIGHT - BOTTOM + 16 + row * 15}" text-anchor="middle" fill="{colour}">{size:,}</text>')
    out.append(f'<text x="{LEFT + 10}" y="{20 + row * 16}" fill="{colour}">{label}</text>')
    return out


def draw(path, nodes, allocations):
    most = max(value for _, value in nodes + allocations) * 1.25
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<line x1="{LEFT}" y1="{HEIGHT - BOTTOM}" x2="{WIDTH - 10}" y2="{HEIGHT - BOTTOM}" stroke="black"/>',
           f'<line x1="{LEFT}" y1="15" x2="{LEFT}" y2="{HEIGHT - BOTTOM}" stroke="black"/>']
    for part in range(5):
        value = most * part / 4
        y = HEIGHT - BOTTOM - part / 4 * (HEIGHT - BOTTOM - 20)
        out.append(f'<text x="{LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{value:.0f} µs</text>')
    out += curve(nodes, most, "#1f77b4", "server CPU an allocation, 100,000 allocations, by nodes", 0)
    out += curve(allocations, most, "#d62728", "server CPU an allocation, 5,000 nodes, by allocations", 1)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out + ["</svg>"]) + "\n")


def main():
    program, svg = sys.argv[1:]
    place = [(n, run(program, "place", 1, 1000, n)) for n in NODES]
    by_nodes = [(n, run(program, "c1m", 100, 1000, n)) for n in NODES]
    by_allocations = [(a, run(program, "c1m", a // 1000, 1000, 5000)) for a in ALLOCATIONS]
    print_table("1 job × 1,000, nodes", place)
    print_table("100 jobs × 1,000, nodes", by_nodes)
    print_table("jobs × 1,000 on 5,000 nodes, allocations", by_allocations)
    cost = "server CPU an allocation"
    draw(svg, [(n, r[cost]) for n, r in by_nodes], [(a, r[cost]) for a, r in by_allocations])


main()
