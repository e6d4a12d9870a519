"""What a node does with its allocations when it is told to stop, and when they have ended."""
import signal
import unittest

from harness import ApiError, E2eTest, cli, group_job, need_root, shell_task, wait_for

LEAVES = "leave_on_terminate = true"
DRAINS = 'drain_on_shutdown { deadline = "2m" }'


@need_root
class NodeLeaves(E2eTest):
    def test_a_node_is_drained_before_its_agent_ends(self):
        server = self.start_agent(client=False)
        clients = [self.start_agent(server=False, servers=[server.rpc], extra=LEAVES, client_extra=DRAINS) for _ in range(2)]
        server.wait_nodes(2)
        ran = self.run_job(server, group_job("stays", shell_task("t", "exec sleep 600")))
        self.assertEqual(ran.code, 0, ran)
        old = server.api.running("stays")[0]
        leaving = next(c for c in clients if c.api.get("/v1/agent/self")["stats"]["client"]["node_id"] == old["NodeID"])
        leaving.kill(signal.SIGTERM)
        self.assertEqual(leaving.process.returncode, 0)
        self.assertEqual(server.api.get(f"/v1/allocation/{old['ID']}")["ClientStatus"], "complete")
        new = wait_for("the replacement", lambda: server.api.running("stays"))[0]
        self.assertNotEqual(new["NodeID"], old["NodeID"])
        node = server.api.get(f"/v1/node/{old['NodeID']}")
        self.assertEqual(node["SchedulingEligibility"], "ineligible")
        self.assertEqual(node["LastDrain"]["Meta"]["message"], "the agent is shutting down")

    def test_without_leave_tasks_outlive_their_agent(self):
        agent = self.start_agent()
        self.run_job(agent, group_job("stays", shell_task("t", "exec sleep 600")))
        old = agent.api.running("stays")[0]
        agent.kill(signal.SIGTERM)
        agent.start()
        kept = wait_for("the task to be found again", lambda: agent.api.running("stays"))
        self.assertEqual([a["ID"] for a in kept], [old["ID"]])

    def test_ended_allocations_are_removed_when_asked_for_and_never_running_ones(self):
        agent = self.start_agent()
        self.run_job(agent, group_job("runs", shell_task("t", "exec sleep 600")))
        running = agent.api.running("runs")[0]["ID"]
        with self.assertRaisesRegex(ApiError, "has not ended"):
            agent.api.get(f"/v1/client/allocation/{running}/gc")
        self.assertEqual(cli(agent, "job", "stop", "runs").code, 0)
        folder = agent.folder / "data/alloc" / running
        self.assertTrue(folder.exists())
        wait_for("the end to be known", lambda: agent.api.get(f"/v1/allocation/{running}")["ClientStatus"] == "complete")

        def gone():
            agent.api.get("/v1/client/gc")
            return not folder.exists()
        wait_for("the directory to go", gone)

    def test_a_full_disk_costs_ended_allocations_their_directories(self):
        agent = self.start_agent(client_extra='gc_disk_usage_threshold = 0\n gc_interval = "1s"')
        self.run_job(agent, group_job("short", shell_task("t", "exit 0"), kind="batch"))
        wait_for("the directory to go", lambda: not list((agent.folder / "data/alloc").iterdir()) or None)
        self.assertIn("gc_disk_usage_threshold", agent.log.read_text())


if __name__ == "__main__":
    unittest.main()
