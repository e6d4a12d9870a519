"""What an agent finds when it starts again: its own state damaged, and others' processes under its tasks' numbers
(cases.md 6, 7)."""
import os
import pathlib
import signal
import subprocess
import unittest

import harness
from harness import NO_RESCHEDULING, E2eTest, group_job, need_root, pids_of, shell_task, wait_for

LAST_PID = pathlib.Path("/proc/sys/kernel/ns_last_pid")


def sleeper(name, driver):
    return group_job(name, shell_task("t", 'echo up > "$NOMAD_ALLOC_DIR/data/up"; exec sleep 600', driver=driver, memory=32),
                     group=NO_RESCHEDULING)


def process_with_number(pid):
    """A new process with a number that was free, as the kernel gives it when it has come around."""
    for _ in range(500):
        LAST_PID.write_text(str(pid - 1))
        process = subprocess.Popen(["sleep", "600"])
        if process.pid == pid:
            return process
        process.kill()
        process.wait()
    raise AssertionError(f"no process gets the number {pid}")


@need_root
class Recovery(E2eTest):
    def started(self, agent, name, driver):
        """(id of the allocation, its processes) of a job whose task runs."""
        self.assertEqual(self.run_job(agent, sleeper(name, driver), "-detach").code, 0)
        alloc = agent.api.running(name)[0]["ID"]
        wait_for("the task", (agent.folder / f"data/alloc/{alloc}/alloc/data/up").exists)
        return alloc, pids_of(alloc)

    @harness.need_docker
    def test_case_6_damaged_state_costs_its_allocation_only(self):
        harness.busybox_image()
        agent = self.single()
        # job → driver, the file of its state that is damaged, what is in it then
        damages = {
            "empty": ("raw_exec", "alloc", b""), "torn": ("exec", "alloc", None), "junk": ("docker", "alloc", b"\xff" * 300),
            "task-empty": ("docker", "tasks/t/record", b""), "task-junk": ("raw_exec", "tasks/t/record", b"\x00" * 99),
            "task-torn": ("exec", "tasks/t/record", None), "task-gone": ("raw_exec", "tasks/t/record", "remove"),
            "pids": ("raw_exec", "tasks/t/t.pid", b"supervisor 1 1\ntask 1 1\nboot x\n")}
        allocs = {name: self.started(agent, name, driver) for name, (driver, *_) in damages.items()}
        good = {driver: self.started(agent, f"good-{driver}", driver) for driver in ("raw_exec", "exec", "docker")}
        agent.kill()
        for name, (_, path, content) in damages.items():
            file = agent.folder / f"data/client/allocs/{allocs[name][0]}" / path
            if content == "remove":
                file.unlink()
            else:
                file.write_bytes(file.read_bytes()[:-20] if content is None else content)
        (agent.folder / "data/client/allocs/stranger").write_text("x")
        agent.start()
        agent.wait_nodes(1)
        for name, (driver, *_) in damages.items():
            if name in ("pids", "task-gone"):  # what the record of the task itself, or the supervisor's, still says
                continue
            agent.api.alloc_with_status(name, "failed")
            if driver != "docker":  # those are swept later: test_docker.py
                wait_for(f"the processes of {name} to go", lambda name=name: not pids_of(allocs[name][0]))
        for driver, (alloc, pids) in good.items():
            self.assertEqual(agent.api.running(f"good-{driver}")[0]["ID"], alloc)
            self.assertEqual(pids_of(alloc), pids)
        for name in ("pids", "task-gone"):
            self.assertEqual(agent.api.running(name)[0]["ID"], allocs[name][0])
            self.assertEqual(pids_of(allocs[name][0]), allocs[name][1])

    @unittest.skipUnless(os.access(LAST_PID, os.W_OK), "process numbers cannot be chosen here")
    def test_case_7_numbers_that_other_processes_have_now(self):
        agent = self.single()
        strangers = []
        for driver in ("raw_exec", "exec"):
            alloc, _ = self.started(agent, driver, driver)
            lines = (agent.folder / f"data/client/allocs/{alloc}/tasks/t/t.pid").read_text().splitlines()
            numbers = [int(line.split()[1]) for line in lines if line.split()[0] in ("supervisor", "task")]
            strangers.append((driver, numbers))
        agent.kill()
        for driver, numbers in strangers:
            for pid in numbers:
                os.kill(pid, signal.SIGKILL)
            wait_for("their end", lambda numbers=numbers: not any(os.path.exists(f"/proc/{pid}") for pid in numbers))
        processes = [process_with_number(pid) for _, numbers in strangers for pid in numbers]
        for process in processes:
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
        agent.start()
        for driver, _ in strangers:
            agent.api.alloc_with_status(driver, "failed")
            self.assertEqual(harness.cli(agent, "job", "stop", "-purge", driver).code, 0)
        agent.kill(signal.SIGTERM)
        self.assertEqual([process.poll() for process in processes], [None] * len(processes))


if __name__ == "__main__":
    unittest.main()
