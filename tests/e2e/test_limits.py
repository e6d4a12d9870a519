"""Tasks that take all they can get, disks that are full, servers without descriptors (cases.md 21, 22, 48)."""
import contextlib
import http.client
import os
import pathlib
import resource
import socket
import subprocess
import unittest

import harness
from harness import NO_RESCHEDULING, E2eTest, group_job, need_root, pids_of, shell_task, wait_for

PIDS = 60
LOGS = "logs {\nmax_files = 2\nmax_file_size = 1\n}"


def disk(mb):
    return NO_RESCHEDULING + f"\nephemeral_disk {{\nsize = {mb}\n}}"


def events(alloc):
    return [(event["Type"], event["DisplayMessage"]) for state in alloc["TaskStates"].values() for event in state["Events"]]


@need_root
@harness.need_docker
class Greed(E2eTest):
    """Case 48, for each way to run a task in a container."""

    def setUp(self):
        harness.busybox_image()
        self.agent = self.single(extra=f"""
          plugin "exec" {{
            config {{ pids_limit = {PIDS} }}
          }}
          plugin "docker" {{
            config {{ pids_limit = {PIDS} }}
          }}""")

    def run_greedy(self, name, driver, script, *, kind="service", memory=64, disk_mb=50):
        task = shell_task("t", script, driver=driver, memory=memory, more=LOGS + '\nkill_timeout = "100ms"')
        done = self.run_job(self.agent, group_job(name, task, kind=kind, group=disk(disk_mb)), "-detach")
        self.assertEqual(done.code, 0, done)

    def test_case_48_processes(self):
        for driver in ("exec", "docker"):
            self.run_greedy(f"bomb-{driver}", driver, "(while :; do sleep 600 & done); exec sleep 600")
            alloc = self.agent.api.running(f"bomb-{driver}")[0]["ID"]
            wait_for("the bomb", lambda alloc=alloc: len(pids_of(alloc)) > PIDS / 3)
            for _ in range(20):
                self.assertLessEqual(len(pids_of(alloc)), PIDS)
            self.assertEqual(harness.cli(self.agent, "job", "stop", f"bomb-{driver}").code, 0)
            wait_for("the end of all of them", lambda alloc=alloc: not pids_of(alloc))
        self.agent.wait_nodes(1)

    def test_case_48_memory(self):
        pid = self.agent.process.pid
        before = os.statvfs("/dev/shm").f_bfree
        for driver in ("exec", "docker"):
            self.run_greedy(f"hog-{driver}", driver, "tail /dev/zero", kind="batch", memory=32)
            self.run_greedy(f"shm-{driver}", driver, "cat /dev/zero > /dev/shm/fill; cat /dev/zero > /dev/shm/more; exit 9",
                            kind="batch", memory=32)
        for driver in ("exec", "docker"):
            messages = events(self.agent.api.alloc_with_status(f"hog-{driver}", "failed"))
            self.assertTrue(any("OOM" in message for _, message in messages), messages)
            # Killed for its memory, or told that there is no more room.
            self.agent.api.alloc_with_status(f"shm-{driver}", "failed")
        self.assertLess((before - os.statvfs("/dev/shm").f_bfree) * os.statvfs("/dev/shm").f_frsize, 50_000_000)
        self.assertEqual((self.agent.process.poll(), self.agent.process.pid), (None, pid))

    def test_case_48_files(self):
        held = lambda: len(os.listdir(f"/proc/{self.agent.process.pid}/fd"))
        before = held()
        # More descriptors than there may be, and more files than the disk has room for, although they are empty.
        leak = "exec tail -f $(yes /dev/null | head -n 25000)"
        inodes = 'cd "$NOMAD_TASK_DIR"; i=0; while :; do : > f$i; i=$((i+1)); [ $i -lt 9000 ] || sleep 600; done'
        deep = ('cd "$NOMAD_TASK_DIR"; i=0; while [ $i -lt 400 ]; do mkdir d; cd d; i=$((i+1)); done; '
                'head -c 40000000 /dev/zero > hidden; exec sleep 600')
        for driver in ("exec", "docker"):
            self.run_greedy(f"leak-{driver}", driver, leak)
            self.run_greedy(f"inodes-{driver}", driver, inodes, disk_mb=20)
            self.run_greedy(f"deep-{driver}", driver, deep, disk_mb=20)
        for name in ("inodes-exec", "inodes-docker", "deep-exec", "deep-docker"):
            messages = events(self.agent.api.alloc_with_status(name, "failed"))
            self.assertIn("Disk Resources Exceeded", [kind for kind, _ in messages])
        for driver in ("exec", "docker"):
            alloc = self.agent.api.running(f"leak-{driver}")[0]["ID"]
            wait_for("the descriptors", lambda alloc=alloc: any(len(os.listdir(f"/proc/{pid}/fd")) > 900
                                                                for pid in pids_of(alloc)))
        self.assertLess(held(), before + 100)


@need_root
class FullDisk(E2eTest):
    def setUp(self):
        super().setUp()
        self.agent = harness.Agent()
        self.addCleanup(self.finish, self.agent)
        self.disk = self.agent.folder / "data/alloc"
        self.disk.mkdir(parents=True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", self.disk], check=False).returncode != 0:
            self.skipTest("no disk can be mounted here")
        self.agent.start()
        self.agent.wait_nodes(1)

    def free(self):
        info = os.statvfs(self.disk)
        return info.f_bavail * info.f_frsize

    def fill(self):
        try:
            with open(self.disk / "filler", "ab", buffering=0) as file:
                while True:
                    file.write(bytes(1 << 20))
        except OSError:
            pass

    def test_case_21_tasks_hear_of_it_and_the_agent_goes_on(self):
        agent, go = self.agent, self.agent.folder / "go"
        script = f"""until test -e {go}; do sleep 0.05; done
            head -c 30000000 /dev/zero > "$NOMAD_ALLOC_DIR/data/x" || echo refused > {go}.refused
            yes 0123456789 | head -c 3000000; until test -e {go}.more; do sleep 0.05; done; echo and on; exec sleep 600"""
        job = group_job("writer", shell_task("t", script, more=LOGS), group=disk(40))
        self.assertEqual(self.run_job(agent, job, "-detach").code, 0)
        alloc = agent.api.running("writer")[0]["ID"]
        self.fill()
        go.touch()
        wait_for("ENOSPC", pathlib.Path(f"{go}.refused").exists)
        late = group_job("late", shell_task("t", 'head -c 1000000 /dev/zero > "$NOMAD_TASK_DIR/x"', more=LOGS), kind="batch",
                         group=disk(10))
        self.assertEqual(self.run_job(agent, late, "-detach").code, 0)
        agent.api.alloc_with_status("late", "failed")
        self.assertEqual(agent.api.running("writer")[0]["ID"], alloc)
        (self.disk / "filler").unlink()
        (self.disk / alloc / "alloc/data/x").unlink()
        pathlib.Path(f"{go}.more").touch()
        wait_for("the output to go on", lambda: agent.api.logs(alloc, "t").endswith("and on\n"))
        used = sum(file.stat().st_size for file in (self.disk / alloc / "alloc/logs").glob("t.stdout.*"))
        self.assertLessEqual(used, 3 << 20)
        after = group_job("after", shell_task("t", "echo room", more=LOGS), kind="batch", group=disk(10))
        self.assertEqual(self.run_job(agent, after).code, 0)
        # What has ended goes, and its room is there again.
        for name in ("writer", "late", "after"):
            self.assertEqual(harness.cli(agent, "job", "stop", "-purge", name).code, 0)
        agent.api.raw("PUT", "/v1/system/gc", {})
        wait_for("the room", lambda: self.free() > (63 << 20))


class Descriptors(E2eTest):
    def test_case_22_a_server_without_descriptors_recovers(self):
        agent = self.start_agent(client=False)
        self.simulate(agent, "-nodes=3")
        agent.wait_nodes(3)
        pid = agent.process.pid
        old = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        with contextlib.closing(http.client.HTTPConnection(agent.address, agent.http_port, timeout=30)) as kept:
            def ask():
                kept.request("GET", "/v1/nodes")
                return [node["Status"] for node in harness.json.loads(kept.getresponse().read())]
            self.assertEqual(ask(), ["ready"] * 3)
            room = len(os.listdir(f"/proc/{pid}/fd")) + 30
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (room, old[1]))
            with contextlib.ExitStack() as stack:
                for number in range(100):  # from several addresses, for each may have so many only
                    client = stack.enter_context(socket.socket())
                    client.bind((f"127.0.1.{number // 20 + 1}", 0))
                    client.connect((agent.address, agent.http_port))
                wait_for("the descriptors to be used up", lambda: len(os.listdir(f"/proc/{pid}/fd")) >= room)
                for _ in range(5):
                    self.assertEqual(ask(), ["ready"] * 3)
                job = group_job("queued", shell_task("t", "true")).replace('"dc1"', '"nowhere"')
                kept.request("PUT", "/v1/jobs/parse", harness.json.dumps({"JobHCL": job}))
                self.assertEqual(kept.getresponse().read()[:1], b"{")
            resource.prlimit(pid, resource.RLIMIT_NOFILE, old)
            self.assertEqual(ask(), ["ready"] * 3)
        self.assertEqual(len(agent.api.get("/v1/nodes")), 3)  # over a new connection
        self.assertEqual(agent.process.poll(), None)


if __name__ == "__main__":
    unittest.main()
