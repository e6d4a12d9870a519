#!/usr/bin/env python3
"""Short tasks without end on three agents, one of which is killed every few seconds (issue "The node agent": the soak).

usage: soak.py [-minutes 20] [-rate 1000] [-kill-every 20]

Each job is a batch task that appends its number to a file and exits with a code of its own. At the end every job must have
run exactly once with its code, and nothing may be left: no process, cgroup, mount, container or growing agent. Not a test of
the suite, for it takes as long as it is told. Prints what it counted; exit code 1 if anything is wrong. Needs root.
"""
import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from harness import DROVER, Agent, ApiError, busybox_image, docker, wait_for

CODES = (0, 0, 0, 1, 7)
SETTLE = 180


def job_of(number, marks):
    """One task in a hundred runs in Docker, one in ten by exec, the rest as plain processes."""
    driver = "docker" if number % 100 == 0 and marks.docker else "exec" if number % 10 == 1 else "raw_exec"
    code = CODES[number % len(CODES)]
    # Tasks that cannot reach the file say their number on their output.
    script = f"echo {number}" + (f" >> {marks.path}" if driver == "raw_exec" else "") + f"; exit {code}"
    config = {"command": "/bin/sh", "args": ["-c", script]}
    if driver == "docker":
        config["image"] = "busybox:1"
    policy = {"Attempts": 0, "Mode": "fail", "Interval": 10**9 * 3600, "Delay": 10**9}
    return driver, code, {"Job": {
        "ID": f"soak-{number}", "Name": f"soak-{number}", "Type": "batch", "Datacenters": ["dc1"], "TaskGroups": [{
            "Name": "g", "RestartPolicy": policy, "ReschedulePolicy": {"Attempts": 0, "Unlimited": False},
            "Tasks": [{"Name": "t", "Driver": driver, "Config": config,
                       "Resources": {"CPU": 10, "MemoryMB": 16}}]}]}}


class Marks:
    def __init__(self, folder):
        self.path = folder / "marks"
        self.path.touch()
        self.docker = docker("info").returncode == 0
        if self.docker:
            busybox_image()

    def counts(self):
        out = {}
        for line in self.path.read_text(encoding="utf-8").split():
            out[int(line)] = out.get(int(line), 0) + 1
        return out


def exit_code(alloc):
    ends = [e for e in alloc["TaskStates"]["t"]["Events"] if e["Type"] == "Terminated"]
    return int(ends[-1]["Details"]["exit_code"]) if ends else None


def footprint(agent):
    pid = agent.process.pid
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    rss = next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmRSS"))
    return rss, len(os.listdir(f"/proc/{pid}/fd"))


def soak(server, clients, options, marks, chance):
    """Submits at the given rate and kills agents meanwhile; what each job was."""
    jobs, kills, began = {}, 0, time.monotonic()
    next_kill, down = began + options.kill_every, []
    while (now := time.monotonic()) < began + options.minutes * 60:
        if now >= next_kill:
            victim = chance.choice([c for c in clients if c not in [d for _, d in down]] or [None])
            if victim:
                victim.kill()
                kills += 1
                down.append((now + chance.uniform(0, 4), victim))
            next_kill = now + options.kill_every
        for due, victim in [d for d in down if d[0] <= now]:
            victim.start(wait=False)
            down.remove((due, victim))
        if len(jobs) < (now - began) * options.rate / 60:
            number = len(jobs)
            driver, code, job = job_of(number, marks)
            server.api.put("/v1/jobs", job)
            jobs[number] = (driver, code)
        else:
            time.sleep(0.005)
    for _, victim in down:
        victim.start(wait=False)
    return jobs, kills


def check_jobs(server, jobs, marks):
    """What is wrong with how the jobs ended."""
    ended = lambda: sum(a["ClientStatus"] in ("complete", "failed") for a in allocs(server)) >= len(jobs)
    try:
        wait_for("all jobs to end", ended, deadline=SETTLE, pause=2)
    except AssertionError as error:
        print(error)
    wrong, by_job = [], {}
    for alloc in allocs(server):
        by_job.setdefault(int(alloc["JobID"].split("-")[1]), []).append(alloc)
    counts = marks.counts()
    for number, (driver, code) in jobs.items():
        runs = by_job.get(number, [])
        if len(runs) != 1:
            wrong.append(f"job {number} ({driver}) has {len(runs)} allocations")
        elif exit_code(runs[0]) != code:
            events = [(e["Type"], e["DisplayMessage"]) for e in runs[0]["TaskStates"]["t"]["Events"]]
            wrong.append(f"job {number} ({driver}) should have ended with {code}: {runs[0]['ClientStatus']} {events}")
        if driver == "raw_exec" and counts.get(number, 0) != 1:
            wrong.append(f"job {number} ran {counts.get(number, 0)} times")
    return wrong


def allocs(server):
    return [a for a in server.api.get("/v1/allocations", timeout=120) if a["JobID"].startswith("soak-")]


def leftovers(clients):
    """What the agents left on the machine, by what it is."""
    folders = [str(c.folder) for c in clients]
    out = {"mounts": [], "processes": [], "containers": [], "cgroups": []}
    for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        if any(f in line for f in folders):
            out["mounts"].append(line.split()[1])
    ids = {a.name for c in clients for a in (c.folder / "data/alloc").glob("*")} | {c.folder.name for c in clients}
    for proc in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            where = os.readlink(proc / "cwd")
        except OSError:
            continue
        if any(f in where or f in command for f in folders) and "agent -config" not in command:
            out["processes"].append(command)
    if docker("info").returncode == 0:
        for line in docker("ps", "-a", "--no-trunc", "--format", "{{.Names}} {{.Mounts}}").stdout.splitlines():
            if any(f in line for f in folders):
                out["containers"].append(line)
    for path in pathlib.Path("/sys/fs/cgroup").glob("**/*drover*/**/"):
        if any(i in str(path) for i in ids):
            out["cgroups"].append(str(path))
    return {kind: found for kind, found in out.items() if found}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-minutes", type=float, default=20)
    parser.add_argument("-rate", type=float, default=1000, help="jobs a minute")
    parser.add_argument("-kill-every", type=float, default=20, help="seconds")
    parser.add_argument("-seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    print(f"{DROVER}, seed {options.seed}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="drover-soak-"))
    folder.chmod(0o777)
    marks = Marks(folder)
    server = Agent(client=False).start()
    clients = [Agent(server=False, servers=[server.rpc]).start() for _ in range(3)]
    problems = []
    try:
        server.wait_nodes(3)
        jobs, kills = soak(server, clients, options, marks, random.Random(options.seed))
        problems += check_jobs(server, jobs, marks)
        wait_for("the agents", lambda: all(c.api.get("/v1/agent/self") for c in clients))
        footprints = [footprint(c) for c in [server] + clients]
        print(f"{len(jobs)} jobs, {kills} kills; MiB and descriptors of the server and the agents: {footprints}")
        for rss, descriptors in footprints[1:]:
            if rss > 400 or descriptors > 400:
                problems.append(f"an agent holds {rss} MiB and {descriptors} descriptors")
        for number in jobs:
            server.api.delete(f"/v1/job/soak-{number}?purge=true")
        server.api.raw("PUT", "/v1/system/gc")
        empty = lambda: not any(any((c.folder / "data/alloc").iterdir()) for c in clients)
        try:
            wait_for("the allocations to be removed", empty, deadline=SETTLE, pause=1)
        except AssertionError as error:
            problems.append(str(error))
        problems += [f"left: {kind}: {found[:5]} ({len(found)})" for kind, found in leftovers(clients).items()]
    finally:
        for agent in clients + [server]:
            agent.process and agent.kill()
    for problem in problems[:50]:
        print(problem)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ApiError, subprocess.SubprocessError) as error:
        sys.exit(str(error))
