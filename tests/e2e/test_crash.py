"""kill -9 of server and client at random moments (cases.md 1, 4, 5)."""
import os
import random
import signal
import threading
import time
import unittest

import harness
from harness import E2eTest, need_root, wait_for
from test_raw_exec import batch

SERVER_ROUNDS = int(os.environ.get("DROVER_CRASH_ROUNDS", "50"))
CLIENT_ROUNDS = int(os.environ.get("DROVER_CRASH_CLIENT_ROUNDS", "20"))


def job_json(name):
    return {"Job": {"ID": name, "Name": name, "Type": "service", "Datacenters": ["nowhere"], "TaskGroups": [
        {"Name": "g", "Tasks": [{"Name": "t", "Driver": "raw_exec", "Config": {"command": "/bin/true"}}]}]}}


@need_root
class ServerCrash(E2eTest):
    def test_nothing_that_was_acknowledged_is_lost(self):
        agent = self.start_agent(client=False)
        seed = random.randrange(2**32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        acknowledged, last_index = {}, 0
        for round_number in range(SERVER_ROUNDS):
            stop = threading.Event()

            def submit(round_number=round_number, stop=stop):
                number = 0
                while not stop.is_set():
                    name = f"job-{round_number}-{number}"
                    number += 1
                    try:
                        answer = agent.api.put("/v1/jobs", job_json(name), timeout=5)
                    except Exception:  # the server has gone: not acknowledged
                        return
                    acknowledged[name] = answer["JobModifyIndex"]

            thread = threading.Thread(target=submit)
            thread.start()
            time.sleep(chance.uniform(0.01, 0.15))  # the random moment
            agent.kill(signal.SIGKILL)
            stop.set()
            thread.join()
            agent.start()
            jobs = {job["ID"]: job["JobModifyIndex"] for job in agent.api.get("/v1/jobs")}
            lost = {name for name, index in acknowledged.items() if jobs.get(name) != index}
            self.assertFalse(lost, f"lost in round {round_number}")
            indexes = list(jobs.values())
            self.assertEqual(len(indexes), len(set(indexes)), "no two registrations share an index")
            newest = max(indexes, default=0)
            self.assertGreaterEqual(newest, last_index)
            last_index = newest
        print(f"{SERVER_ROUNDS} rounds, {len(acknowledged)} acknowledged jobs, none lost")
        self.assertGreater(len(acknowledged), SERVER_ROUNDS)


@need_root
class ClientCrash(E2eTest):
    def pids(self, agent, count):
        """The process ids that the tasks of job "stay" printed; each prints its own once, at its start."""
        out = {}
        for alloc in agent.api.running("stay", count):
            lines = agent.api.logs(alloc["ID"], "t").split()
            if len(lines) != 1:
                raise ValueError(lines)
            out[alloc["ID"]] = int(lines[0])
        return out

    def test_tasks_survive_and_are_adopted_again(self):
        server = self.start_agent(client=False)
        client = self.start_agent(server=False, servers=[server.rpc])
        server.wait_nodes(1)
        job = batch("stay", "echo $$; exec sleep 10000").replace('"batch"', '"service"')
        job = job.replace('group "g" {', 'group "g" {\ncount = 5')
        self.assertEqual(self.run_job(server, job).code, 0)
        before = wait_for("the tasks to print their pids", lambda: self.pids(server, 5))
        for _ in range(CLIENT_ROUNDS):
            client.kill(signal.SIGKILL)
            for pid in before.values():
                os.kill(pid, 0)
            client.start()
            server.wait_nodes(1)
            wait_for("the tasks to be seen", lambda: self.pids(server, 5) == before)
        # Adopted means in hand: a stop reaches them.
        harness.cli(server, "job", "stop", "stay")
        wait_for("the end of the tasks", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in before.values()))

    def test_an_exit_while_the_agent_was_away_is_reported_with_its_code(self):
        agent = self.single()
        self.run_job(agent, batch("leaver", "echo $$; while [ ! -f /tmp/drover-e2e-go ]; do sleep 0.05; done; exit 9"),
                     "-detach")
        self.addCleanup(lambda: os.path.exists("/tmp/drover-e2e-go") and os.unlink("/tmp/drover-e2e-go"))
        alloc = agent.api.running("leaver")[0]
        pid = int(wait_for("its pid", lambda: agent.api.logs(alloc["ID"], "t").strip()))
        agent.kill(signal.SIGKILL)
        open("/tmp/drover-e2e-go", "w", encoding="utf-8").close()
        wait_for("the task to end", lambda: not os.path.exists(f"/proc/{pid}"))
        agent.start()
        alloc = agent.api.alloc_with_status("leaver", "failed")
        codes = [e["Details"].get("exit_code") for e in alloc["TaskStates"]["t"]["Events"] if e["Type"] == "Terminated"]
        self.assertEqual(codes, ["9"])


@need_root
class NodeLoss(E2eTest):
    def test_a_lost_nodes_work_is_replaced_once_and_its_old_copies_end_when_it_returns(self):
        server = self.start_agent(client=False, extra='server {\n min_heartbeat_ttl = "1s"\n heartbeat_grace = "1s"\n}')
        lost, kept = (self.start_agent(server=False, servers=[server.rpc]) for _ in range(2))
        server.wait_nodes(2)
        job = batch("spread", "echo $$; exec sleep 10000").replace('"batch"', '"service"')
        self.assertEqual(self.run_job(server, job.replace('group "g" {', 'group "g" {\ncount = 4')).code, 0)
        before = {a["ID"]: a["NodeName"] for a in server.api.running("spread", 4)}
        self.assertEqual(set(before.values()), {lost.folder.name, kept.folder.name})
        doomed = [alloc for alloc, node in before.items() if node == lost.folder.name]
        pids = [int(wait_for("its pid", lambda a=a: server.api.logs(a, "t").strip())) for a in doomed]
        lost.kill(signal.SIGKILL)
        wait_for("the replacements", lambda: {a["NodeName"] for a in server.api.running("spread", 4)} == {kept.folder.name})
        states = {a["ID"]: a["ClientStatus"] for a in server.api.allocs("spread")}
        self.assertEqual(len(states), 4 + len(doomed))
        self.assertEqual({states[a] for a in doomed}, {"lost"})
        for pid in pids:
            os.kill(pid, 0)
        lost.start()
        wait_for("the old copies to end", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))
        self.assertEqual(len(server.api.running("spread", 4)), 4)


@need_root
@harness.need_docker
class ContainerCrash(E2eTest):
    def test_containers_are_adopted_again(self):
        harness.busybox_image()
        agent = self.single()
        self.assertEqual(self.run_job(agent, """job "box" {
          datacenters = ["dc1"]
          group "g" {
            task "t" {
              driver = "docker"
              config {
                image = "busybox:1"
                command = "/bin/sh"
                args = ["-c", "i=0; while true; do i=$((i+1)); echo $i; sleep 0.05; done"]
              }
              resources { memory = 32 }
            }
          }
        }""").code, 0)
        alloc = agent.api.running("box")[0]
        container = harness.docker("ps", "-q", "--filter", f"name={alloc['ID']}").stdout.strip()
        self.assertTrue(container)
        for _ in range(3):
            agent.kill(signal.SIGKILL)
            agent.start()
            agent.api.running("box")
        self.assertEqual(harness.docker("ps", "-q", "--filter", f"name={alloc['ID']}").stdout.strip(), container)
        count = len(wait_for("output", lambda: agent.api.logs(alloc["ID"], "t")).split())
        numbers = wait_for("more output", lambda: [int(n) for n in agent.api.logs(alloc["ID"], "t").split()][count:] and
                           [int(n) for n in agent.api.logs(alloc["ID"], "t").split()])
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)), "no line lost, none twice")


if __name__ == "__main__":
    unittest.main()
