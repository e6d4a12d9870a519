"""One task's life on a driver: output, signal, exec, kill -9 of the agent, a limit, stop, and what is left."""
import pathlib
import subprocess

import harness
from harness import E2eTest, group_job, shell_task, wait_for


class DriverLife(E2eTest):
    """Where the agent is on another machine, what looks at processes and files is overridden."""

    def pids_of(self, alloc):
        return harness.pids_of(alloc)

    def left_of(self, alloc):
        """Processes, mounts and cgroups whose names have the allocation's id."""
        mounts = [line for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines() if alloc in line]
        cgroups = subprocess.run(["find", "/sys/fs/cgroup", "-type", "d", "-name", f"*{alloc}*"], capture_output=True, text=True,
                                 check=False).stdout.split()
        processes = [line for line in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
                     if line.startswith("drover-supervise") and alloc[:8] in line]
        return [*self.pids_of(alloc), *processes, *mounts, *cgroups]

    def start(self, agent, name, text, *, group=""):
        done = self.run_job(agent, group_job(name, text, group=group))
        self.assertEqual(done.code, 0, done)
        alloc = agent.api.running(name)[0]["ID"]
        wait_for("output", lambda: "up" in agent.api.logs(alloc, "t"))
        return alloc

    def signal(self, agent, alloc, name, answer):
        sent = harness.cli(agent, "alloc", "signal", "-s", name, alloc)
        self.assertEqual(sent.code, 0, sent)
        wait_for("the answer to the signal", lambda: answer in agent.api.logs(alloc, "t"))

    def exec(self, agent, alloc):
        ran = harness.cli(agent, "alloc", "exec", "-t=false", alloc, "/bin/sh", "-c", "cat; exit 7", stdin="typed")
        self.assertEqual((ran.code, ran.out), (7, "typed"), ran)

    def survive_the_agent(self, agent, name, alloc):
        before = self.pids_of(alloc)
        agent.kill()
        agent.start()
        self.assertEqual(agent.api.running(name)[0]["ID"], alloc)
        self.assertTrue(before & self.pids_of(alloc), "the task runs on")

    def stop(self, agent, name, alloc):
        self.assertEqual(harness.cli(agent, "job", "stop", "-purge", name).code, 0)

        def nothing():
            # The directory stays until the allocation is collected, which it is once it has ended.
            harness.cli(agent, "system", "gc")
            left = self.left_of(alloc)
            if left:
                raise ValueError(left)
            return True
        wait_for("nothing to be left", nothing)

    def is_killed_for_its_memory(self, agent, name, text):
        self.run_job(agent, group_job(name, text, kind="batch", group=harness.NO_RESCHEDULING), "-detach")
        alloc = agent.api.alloc_with_status(name, "failed")
        messages = [event["DisplayMessage"] for event in alloc["TaskStates"]["t"]["Events"]]
        self.assertTrue(any("OOM" in message for message in messages), messages)
        self.stop(agent, name, alloc["ID"])

    def live(self, driver, agent):
        script = "trap 'echo got it' HUP; echo up; while :; do sleep 0.05; done"
        alloc = self.start(agent, "life", shell_task("t", script, driver=driver, memory=32))
        self.signal(agent, alloc, "SIGHUP", "got it")
        self.exec(agent, alloc)
        self.survive_the_agent(agent, "life", alloc)
        self.exec(agent, alloc)
        self.stop(agent, "life", alloc)
        self.is_killed_for_its_memory(agent, "hog", shell_task("t", "dd if=/dev/zero of=/dev/null bs=100M", driver=driver, memory=32))

    def need(self, agent, driver):
        node = agent.api.get("/v1/node/" + agent.api.get("/v1/nodes")[0]["ID"])
        found = node["Drivers"][driver]
        if not found["Healthy"]:
            self.skipTest(f"{driver}: {found['HealthDescription']}")
