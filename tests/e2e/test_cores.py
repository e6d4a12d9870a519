"""Cores that one task has for itself: tasks without `cores` are kept off them, on every engine and over restarts of the agent."""
import os
import unittest

import harness
from harness import E2eTest, group_job, need_docker, need_root, pids_of, shell_task, wait_for

IDLE = "exec sleep 1000"
ALL = ",".join(str(cpu) for cpu in sorted(os.sched_getaffinity(0)))


def cpus_of(alloc):
    """What each process of the allocation may run on."""
    lists = set()
    for pid in pids_of(alloc):
        lists.add(",".join(str(cpu) for cpu in sorted(os.sched_getaffinity(pid))))
    return lists


def with_a_core(name, driver="raw_exec"):
    return group_job(name, shell_task("t", IDLE, driver=driver, resources="cores = 1").replace("cpu = 20", ""))


@need_root
@need_docker
@unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "there is one processor alone")
class Cores(E2eTest):
    def setUp(self):
        harness.busybox_image()
        self.agent = self.single()

    def run_on(self, name, text):
        """The allocation of a job, and the processors that it runs on."""
        done = self.run_job(self.agent, text)
        self.assertEqual(done.code, 0, done)
        alloc = self.agent.api.running(name)[0]["ID"]
        return alloc, wait_for("its processes", lambda: cpus_of(alloc))

    def run_everywhere(self, suffix):
        """Allocations without cores, one of each driver, with the processors that they began on."""
        names = {driver: f"{driver}-{suffix}" for driver in ("raw_exec", "exec", "docker")}
        return dict(self.run_on(name, group_job(name, shell_task("t", IDLE, driver=driver))) for driver, name in names.items())

    def wait_on(self, allocs, cpus):
        wait_for(f"all to be on {cpus}", lambda: all(cpus_of(alloc) == {cpus} for alloc in allocs))

    def stop_job(self, name):
        stopped = harness.cli(self.agent, "job", "stop", "-purge", name)
        self.assertEqual(stopped.code, 0, stopped)

    def test_tasks_without_cores_give_way(self):
        before = self.run_everywhere("before")
        self.assertEqual(set().union(*before.values()), {ALL})
        for driver in ("raw_exec", "exec", "docker"):
            _, cpus = self.run_on("own", with_a_core("own", driver))
            self.assertEqual(len(cpus), 1, cpus)
            rest = ",".join(cpu for cpu in ALL.split(",") if cpu not in cpus)
            self.wait_on(before, rest)
            after = self.run_everywhere(f"beside-{driver}")
            self.assertEqual(set().union(*after.values()), {rest})
            self.stop_job("own")
            self.wait_on([*before, *after], ALL)
            for name in ("raw_exec", "exec", "docker"):
                self.stop_job(f"{name}-beside-{driver}")

    def test_a_new_agent_knows_whose_they_are(self):
        others = self.run_everywhere("x")
        own, cpus = self.run_on("own", with_a_core("own"))
        rest = ",".join(cpu for cpu in ALL.split(",") if cpu not in cpus)
        self.wait_on(others, rest)
        self.agent.kill()
        self.agent.start()
        self.assertEqual(self.agent.api.running("own")[0]["ID"], own)
        late = self.run_everywhere("late")
        self.assertEqual(set().union(*late.values()), {rest})
        self.wait_on(others, rest)

    def test_what_ended_while_there_was_no_agent_has_none(self):
        others = self.run_everywhere("x")
        own, cpus = self.run_on("own", with_a_core("own"))
        self.wait_on(others, ",".join(cpu for cpu in ALL.split(",") if cpu not in cpus))
        self.agent.kill()
        for pid in pids_of(own):
            os.kill(pid, 9)
        self.agent.start()
        self.stop_job("own")
        self.wait_on(others, ALL)


if __name__ == "__main__":
    unittest.main()
