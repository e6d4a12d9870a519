"""Tasks where there is only cgroup v2: in a virtual machine, since this one has most likely v1 or both."""
import unittest

import guest
import harness
from driver_life import DriverLife
from harness import shell_task, wait_for

IDLE = "echo up; exec sleep 1000"


class CgroupV2(DriverLife):
    @classmethod
    def setUpClass(cls):
        tree, why = guest.kernel()
        if not tree:
            raise unittest.SkipTest(why)
        cls.agent = guest.Guest()
        cls.addClassCleanup(cls.agent.close)
        cls.agent.boot()
        cls.agent.start()

    def pids_of(self, alloc):
        return set(self.agent.run(f"grep -l NOMAD_ALLOC_ID={alloc} /proc/[0-9]*/environ 2>/dev/null").split())

    def left_of(self, alloc):
        return self.agent.run(f"""
            grep -l NOMAD_ALLOC_ID={alloc} /proc/[0-9]*/environ 2>/dev/null
            grep -h drover-supervise.*{alloc[:8]} /proc/[0-9]*/cmdline 2>/dev/null
            grep {alloc} /proc/mounts
            find /sys/fs/cgroup -type d -name '*{alloc}*'""")

    def in_cgroup(self, alloc, file):
        return self.agent.run(f"cat /sys/fs/cgroup/drover/{alloc}-t/{file}").strip()

    def test_the_node_says_so(self):
        node = self.agent.api.get("/v1/node/" + self.agent.api.get("/v1/nodes")[0]["ID"])
        self.assertEqual(node["Attributes"]["unique.cgroup.version"], "v2")
        self.assertEqual(node["Attributes"]["unique.cgroup.mountpoint"], "/sys/fs/cgroup")

    def test_raw_exec(self):
        self.live("raw_exec", self.agent)

    def test_exec(self):
        self.live("exec", self.agent)

    def test_limits(self):
        for driver in ("raw_exec", "exec"):
            task = shell_task("t", IDLE, driver=driver, memory=48, resources="cores = 1\niops = 300").replace("cpu = 20", "")
            alloc = self.start(self.agent, "limits", task)
            found = {file: self.in_cgroup(alloc, file)
                     for file in ("memory.max", "memory.swap.max", "pids.max", "io.weight", "cpuset.cpus")}
            self.assertEqual(found["memory.max"], str(48 << 20))
            self.assertEqual(found["memory.swap.max"], "0")
            self.assertEqual(found["io.weight"], "default 300")
            self.assertEqual(found["pids.max"], str(guest.PIDS))
            allowed = harness.cli(self.agent, "alloc", "exec", "-t=false", alloc, "/bin/grep", "Cpus_allowed_list", "/proc/self/status")
            self.assertEqual(allowed.out.split()[1], found["cpuset.cpus"], allowed)
            self.stop(self.agent, "limits", alloc)

    def test_tasks_without_cores_give_way(self):
        others = [self.start(self.agent, driver, shell_task("t", IDLE, driver=driver)) for driver in ("raw_exec", "exec")]

        def are_on(cpus):
            wait_for(f"processors {cpus}", lambda: all(self.in_cgroup(alloc, "cpuset.cpus.effective") == cpus for alloc in others))
        are_on("0-1")
        own = self.start(self.agent, "own", shell_task("t", IDLE, resources="cores = 1").replace("cpu = 20", ""))
        are_on("1" if self.in_cgroup(own, "cpuset.cpus") == "0" else "0")
        self.stop(self.agent, "own", own)
        are_on("0-1")
        for name, alloc in zip(("raw_exec", "exec"), others):
            self.stop(self.agent, name, alloc)

    def test_more_processes_than_allowed(self):
        for driver in ("raw_exec", "exec"):
            task = shell_task("t", "echo up; (while :; do sleep 600 & done); exec sleep 600", driver=driver, memory=48)
            alloc = self.start(self.agent, "bomb", task)
            wait_for("the limit", lambda alloc=alloc: self.in_cgroup(alloc, "pids.events") > "max 0")
            self.assertLessEqual(int(self.in_cgroup(alloc, "pids.peak")), guest.PIDS)
            self.stop(self.agent, "bomb", alloc)

    def test_statistics(self):
        for driver in ("raw_exec", "exec"):
            alloc = self.start(self.agent, "busy", shell_task("t", "echo up; while :; do :; done", driver=driver, memory=48))

            def usage(alloc=alloc):
                return self.agent.api.get(f"/v1/client/allocation/{alloc}/stats")["Tasks"]["t"]["ResourceUsage"]
            found = wait_for("a busy processor", lambda: usage() if usage()["CpuStats"]["Percent"] > 10 else None)
            self.assertGreater(found["MemoryStats"]["RSS"], 0)
            self.assertGreater(found["MemoryStats"]["Usage"], 0)
            self.stop(self.agent, "busy", alloc)


if __name__ == "__main__":
    unittest.main()
