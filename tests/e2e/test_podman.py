"""The docker driver on Podman: its service on a socket and in a storage of its own."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness
from harness import E2eTest, group_job, need_root, shell_task, wait_for
from test_docker import ContainerLife

# crun refuses cgroups in hybrid mode; limits that a container may not raise must not be above the machine's.
CONFIG = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
"""


@need_root
@unittest.skipUnless(shutil.which("podman") and shutil.which("runc"), "there is no podman with runc")
class Podman(ContainerLife, E2eTest):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drover-podman-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "containers.conf").write_text(CONFIG)
        self.addCleanup(self.podman, "rm", "--all", "--force")
        tree = harness.busybox_tree(self.folder / "busybox")
        with subprocess.Popen(["tar", "-C", str(tree), "-c", "."], stdout=subprocess.PIPE) as tar:
            imported = self.podman("import", "-", "docker.io/library/busybox:1", stdin=tar.stdout)
        self.assertEqual(imported.returncode, 0, imported.stderr)
        tried = self.podman("run", "--rm", "busybox:1", "/bin/true")
        if tried.returncode != 0:
            self.skipTest(f"podman runs no containers here: {tried.stderr.strip()}")
        self.socket = self.folder / "podman.sock"
        service = subprocess.Popen(self.command("system", "service", "--time=0", f"unix://{self.socket}"),
                                   env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(service.wait)
        self.addCleanup(service.kill)
        wait_for("podman's socket", self.socket.exists)

    def environment(self):
        return {**os.environ, "CONTAINERS_CONF": str(self.folder / "containers.conf")}

    def command(self, *arguments):
        return ["podman", "--root", str(self.folder / "root"), "--runroot", str(self.folder / "run"), *arguments]

    def podman(self, *arguments, **kwargs):
        return subprocess.run(self.command(*arguments), env=self.environment(), capture_output=True, text=True, check=False,
                              **kwargs)

    def agent(self):
        return self.single(extra=f"""plugin "docker" {{
          config {{ endpoint = "unix://{self.socket}" }}
        }}""")

    def containers(self, alloc):
        return self.podman("ps", "-aq", "--filter", f"name={alloc}").stdout.strip()

    def test_the_tasks_of_a_group_share_its_network(self):
        agent = self.agent()
        answers = shell_task("answers", "while :; do echo it is me | nc -l -p 8080; done", driver="docker", memory=32)
        asks = shell_task("asks", "until nc 127.0.0.1 8080; do sleep 0.1; done", driver="docker", memory=32, more="leader = true")
        group = 'network {\n mode = "bridge"\n}\n'
        self.assertEqual(self.run_job(agent, group_job("pair", group + answers + asks, kind="batch")).code, 0)
        alloc = agent.api.alloc_with_status("pair", "complete")["ID"]
        self.assertEqual(agent.api.logs(alloc, "asks"), "it is me\n")
        wait_for("no container", lambda: not self.containers(alloc))


if __name__ == "__main__":
    unittest.main()
