"""What Nosana's tools ask of a node, on the real engine: output in FlowState, stops and restarts of operations and
groups, the definition, the node."""
import json
import unittest

import artifact_servers
import harness
from harness import ApiError, SharedAgentTest, cli, need_root, wait_for
from test_nosana import definition, in_group, op, submit

WAIT = "trap 'exit 0' TERM; echo $0 began; while :; do sleep 0.1; done"


@need_root
@harness.need_docker
class NosanaApi(SharedAgentTest):
    def ops(self, job):
        return self.agent.api.get(f"/job/{job}/ops")

    def becomes(self, job, **progress):
        def look():
            seen = self.ops(job)
            if {**seen, **progress} != seen:
                raise ValueError(seen)
            return seen
        return wait_for(f"{job}: {progress}", look)

    def post(self, path):
        return self.agent.api.put(path, {})

    def error(self, path):
        with self.assertRaises(ApiError) as caught:
            self.post(path)
        self.assertEqual(caught.exception.status, 500)
        return json.loads(caught.exception.body)["error"]

    def flow(self, job):
        return {o["operationId"]: o for o in self.agent.api.get(f"/job/{job}/results")["opStates"]}

    def test_the_flow_has_the_output_of_its_operations(self):
        submit(self.agent, "logs", definition(op("a", "echo out; sleep 1; echo err >&2; exit 3"), op("b", "echo second")))
        self.agent.api.alloc_with_status("logs", "failed")
        flow = self.flow("logs")
        self.assertEqual([(line["type"], line["log"]) for line in flow["a"]["logs"]],
                         [("stdout", "out"), ("stderr", "err")])
        times = [line["timestamp"] for line in flow["a"]["logs"] + flow["b"]["logs"]]
        self.assertEqual(times, sorted(times))
        self.assertEqual([line["log"] for line in flow["b"]["logs"]], ["second"])
        quiet = self.agent.api.get("/v1/job/logs/flow?logs=false")
        self.assertEqual([o["logs"] for o in quiet["opStates"]], [[], []])

    def test_operations_and_groups_are_stopped_and_restarted(self):
        submit(self.agent, "control", definition(op("a", WAIT, execution=in_group("one")),
                                          op("b", WAIT, execution=in_group("one")),
                                          op("c", WAIT), op("d", WAIT)))
        self.becomes("control", a="running", b="running")
        self.assertEqual(self.error("/job/control/group/c/stop"), "Failed to stop group operations: GROUP_NOT_ACTIVE")
        self.assertEqual(self.error("/job/control/group/x/stop"), "Failed to stop group operations: GROUP_NOT_FOUND")
        self.assertEqual(self.post("/job/control/group/one/operation/a/restart"), {"message": "Operation restarted"})
        wait_for("a second start", lambda: len(self.flow("control")["a"]["logs"]) == 2)
        self.becomes("control", a="running")
        self.assertEqual(self.post("/job/control/group/one/operation/a/stop"), {"message": "Operation Stopped"})
        self.assertEqual(self.becomes("control", a="stopped")["b"], "running")
        self.assertEqual(self.post("/job/control/group/one/stop"), {"message": "Group Operation Stopped"})
        self.becomes("control", b="stopped", c="running")
        self.assertEqual(self.agent.api.get("/job/control/group/current"), {"c": "running"})
        self.post("/job/control/group/one/move")
        self.assertEqual(self.becomes("control", a="running", b="running")["c"], "stopped")
        self.post("/job/control/group/d/move")
        self.becomes("control", a="stopped", b="stopped", c="stopped", d="running")
        self.post("/job/control/group/d/stop")
        self.agent.api.alloc_with_status("control", "complete")
        self.assertEqual({o["status"] for o in self.flow("control").values()}, {"stopped"})

    def test_results_outlive_restarts(self):
        submit(self.agent, "many", definition(op("a", "echo v=7; exit 1", results={"v": "(?<=v=)\\d"},
                                          restart_policy={"policy": "on-failure", "restart_tries": 3})))
        self.agent.api.alloc_with_status("many", "failed")
        self.assertEqual(self.flow("many")["a"]["results"], {"v": ["7"] * 4})

    def test_the_definition_is_shown_without_its_secrets(self):
        submit(self.agent, "shown", definition(op("a", "true", authentication={"docker": {"username": "u", "password": "geheim"}},
                                           env={"A": "1"})))
        shown = self.agent.api.get("/job/shown/job-definition")
        self.assertEqual(shown["ops"][0]["args"]["cmd"], "true")
        self.assertEqual(shown["ops"][0]["args"]["env"], {"A": "1"})
        self.assertNotIn("geheim", json.dumps(shown))
        with self.assertRaises(ApiError):
            self.post("/job/shown/job-definition")

    def test_a_definition_is_posted_from_a_url_and_its_result_is_downloaded(self):
        moved = [("Location", "/defs/fetched.json")]
        given = {"/defs/fetched.json": json.dumps(definition(op("a", "echo out"), op("b", "exit 3"))).encode(),
                 "/moved/fetched.json": lambda handler: handler.reply(302, b"", moved)}
        server = artifact_servers.Server(artifact_servers.files(given))
        self.addCleanup(server.close)
        post = ("job", "post", "-m", "default", "-t", "5", "-format", "json")
        posted = cli(self.agent, *post, "-url", server.url + "/moved/fetched.json", "-download", str(self.agent.folder))
        self.assertEqual(posted.code, 2, posted)
        shown = json.loads(posted.out)
        self.assertEqual((shown["job"], shown["status"]), ("fetched", "COMPLETED"))
        self.assertEqual([(e["operationId"], e["logs"], e["exitCode"]) for e in shown["executions"]],
                         [("a", ["out"], 0), ("b", [], 3)])
        result = json.loads((self.agent.folder / "fetched.json").read_text())
        self.assertEqual([o["status"] for o in result["opStates"]], ["success", "failed"])
        again = cli(self.agent, "job", "get", "-download", str(self.agent.folder), "fetched")
        self.assertEqual((again.code, again.out), (1, ""))
        self.assertIn('fetched.json" exists already', again.err)
        given["/defs/fetched.json"] = json.dumps(definition(op("a", "echo changed"))).encode()
        changed = cli(self.agent, *post, "-url", server.url + "/defs/fetched.json", "-wait")
        self.assertEqual(changed.code, 0, changed)
        self.assertEqual(json.loads(changed.out)["executions"][0]["logs"], ["changed"])
        missing = cli(self.agent, *post, "-url", server.url + "/none.json")
        self.assertEqual(missing.code, 1)
        self.assertIn("404", json.loads(missing.out)["msg"])

    def test_the_node_tells_about_itself(self):
        info = self.agent.api.get("/node/info")
        self.assertEqual(info["node"], self.agent.api.get("/v1/nodes")[0]["ID"])
        self.assertIn(info["state"], ("QUEUED", "RUNNING_JOB"))
        self.assertGreater(info["info"]["ram_mb"], 0)


if __name__ == "__main__":
    unittest.main()
