"""Jobs go to the node that holds their model while it has room, and then to others."""
import collections
import unittest

import harness
import model_servers
from harness import E2eTest, asset, group_job, need_root, shell_task, wait_for

MODEL = {"config.json": b"{}\n", "model.bin": bytes(64 << 20)}
NODE_CPU, JOB_CPU = 3000, 100  # MHz: room for 30 jobs


@need_root
class Locality(E2eTest):
    def setUp(self):
        self.hub = model_servers.Hub({"org/model": MODEL})
        self.addCleanup(self.hub.close)
        config = {"extra": f'client {{\nassets {{\nhugging_face_endpoint = "{self.hub.url}"\n}}\n}}',
                  "client_extra": f"cpu_total_compute = {NODE_CPU}"}
        self.agents = [self.start_agent(**config)]
        self.server = self.agents[0]
        self.agents += [self.start_agent(server=False, servers=[self.server.rpc], **config) for _ in range(2)]
        nodes = {n["Name"]: n["ID"] for n in self.server.wait_nodes(3)}
        self.nodes = [nodes[agent.folder.name] for agent in self.agents]

    def submit(self, name, more="", cpu=JOB_CPU, **kwargs):
        task = shell_task("t", "exec sleep 1000", cpu=cpu, more=more)
        done = self.run_job(self.server, group_job(name, task, **kwargs), "-detach")
        self.assertEqual(done.code, 0, done)

    def test_fifty_jobs_fill_the_warm_node_first(self):
        warm, busy, _ = self.nodes
        # Without locality jobs would go to this one: packing prefers what is used already.
        self.submit("other", cpu=300, group=f'constraint {{\nattribute = "${{node.unique.id}}"\nvalue = "{busy}"\n}}')
        self.server.api.running("other")
        fetched = harness.cli(self.server, "asset", "prefetch", "-node", warm, "hf", "org/model")
        self.assertEqual(fetched.code, 0, fetched)
        block = asset(type="HF", target="/m", repo="org/model")
        self.submit("probe", block, group="count = 0")
        wait_for("the servers to know", lambda: "asset-locality" in harness.cli(self.server, "job", "explain", "probe").out)

        downloads = len(self.hub.downloads())
        placed = []
        for i in range(50):
            self.submit(f"job{i}", block)
            placed.append(self.server.api.running(f"job{i}")[0]["NodeID"])
        room = NODE_CPU // JOB_CPU
        self.assertEqual(placed[:room], [warm] * room)
        self.assertEqual(collections.Counter(placed)[warm], room)
        self.assertEqual(len(set(placed[room:]) - {warm}), 1, placed)  # once there, the model draws the others
        self.assertEqual(len(self.hub.downloads()) - downloads, len(MODEL))
        alloc = self.server.api.running("job0")[0]["ID"]
        scores = self.server.api.get(f"/v1/allocation/{alloc}")["Metrics"]["ScoreMetaData"][0]["Scores"]
        self.assertGreater(scores["asset-locality"], 0.1)


if __name__ == "__main__":
    unittest.main()
