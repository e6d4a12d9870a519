"""Output that does not end, and readers that hardly read (cases.md 37, 38)."""
import contextlib
import os
import pathlib
import resource
import socket
import time
import unittest

from harness import E2eTest, cli, group_job, need_root, shell_task, wait_for

LOG_MB = 1
LOG_FILES = 2
READERS = 1000
# What the agent, server and client in one, may hold for one reader: a few pieces of 64 KiB, and not the file of 1.5 MB.
KIB_A_READER = 512


def flood(name, script):
    logs = f"logs {{\nmax_files = {LOG_FILES}\nmax_file_size = {LOG_MB}\n}}"
    return group_job(name, shell_task("t", script, cpu=100, memory=64, more=logs), restart="")


def rss_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise ValueError("no VmRSS")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@need_root
class Logs(E2eTest):
    def log_folder(self, agent, alloc_id):
        return agent.folder / "data/alloc" / alloc_id / "alloc/logs"

    def used(self, folder):
        total = 0
        for path in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # rotated away meanwhile
                total += path.stat().st_size
        return total

    def test_case_37_a_flood_keeps_to_its_files_and_can_be_followed(self):
        agent = self.single()
        done = self.run_job(agent, flood("flood", "exec yes 0123456789012345678901234567890123456789012345678901234567890123"),
                            "-detach")
        self.assertEqual(done.code, 0, done)
        alloc = agent.api.running("flood")[0]
        folder = self.log_folder(agent, alloc["ID"])
        newest = lambda: max((int(p.name.rsplit(".", 1)[1]) for p in folder.glob("t.stdout.*")), default=0)
        wait_for("the output to rotate", lambda: newest() > 3)
        before, cpu, memory, began = newest(), cpu_seconds(agent.process.pid), rss_kib(agent.process.pid), time.monotonic()
        most = 0
        while newest() < before + 50:
            most = max(most, self.used(folder))
            self.assertLess(time.monotonic(), began + 60)
        # A file that is being begun while the oldest is removed is not counted twice by much.
        self.assertLessEqual(most, (LOG_FILES + 1) * (LOG_MB << 20))
        self.assertLessEqual(len(list(folder.glob("t.stdout.*"))), LOG_FILES + 1)
        share = (cpu_seconds(agent.process.pid) - cpu) / (time.monotonic() - began)
        self.assertLess(share, 1.2, "of a core")
        self.assertLess(rss_kib(agent.process.pid) - memory, 32 << 10)
        tail = cli(agent, "alloc", "logs", "-tail", "-n", "5", alloc["ID"])
        line = "0123456789" * 6 + "0123"
        *whole, last = tail.out.split()
        self.assertEqual(set(whole), {line}, tail)
        self.assertTrue(line.startswith(last), tail)  # as far as it was written
        # The API still answers at once.
        self.assertEqual(agent.api.get(f"/v1/allocation/{alloc['ID']}")["ClientStatus"], "running")

    def test_case_38_readers_that_hardly_read(self):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        if most < 4 * READERS:
            self.skipTest(f"only {most} descriptors a process are allowed here")
        resource.setrlimit(resource.RLIMIT_NOFILE, (4 * READERS, most))  # the agent's too
        agent = self.single(extra="limits { http_max_conns_per_client = 2000 }")
        self.run_job(agent, flood("big", "yes 0123456789 | head -c 1500000; exec sleep 600"), "-detach")
        alloc = agent.api.running("big")[0]
        folder = self.log_folder(agent, alloc["ID"])
        wait_for("the output", lambda: self.used(folder) >= 1_000_000)
        before = rss_kib(agent.process.pid)
        with contextlib.ExitStack() as stack:
            readers = []
            for _ in range(READERS):
                reader = stack.enter_context(socket.socket())
                reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                reader.connect((agent.address, agent.http_port))
                reader.sendall(f"GET /v1/client/fs/logs/{alloc['ID']}?task=t&type=stdout&follow=true&plain=true HTTP/1.1\r\n"
                               f"Host: {agent.address}\r\n\r\n".encode())
                readers.append(reader)
            for reader in readers:
                reader.settimeout(30)
                self.assertEqual(reader.recv(1), b"H")
            for reader in readers:  # a second byte, much later than all answers could have been prepared
                self.assertEqual(reader.recv(1), b"T")
            grown = rss_kib(agent.process.pid) - before
            self.assertLess(grown / READERS, KIB_A_READER, f"{grown} KiB for {READERS} readers")
            self.assertEqual(agent.api.get(f"/v1/allocation/{alloc['ID']}")["ClientStatus"], "running")
        wait_for("the connections to end", lambda: len(os.listdir(f"/proc/{agent.process.pid}/fd")) < READERS / 2)


if __name__ == "__main__":
    unittest.main()
