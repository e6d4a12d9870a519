"""The command line: help, exit codes, prefixes, plan, offline use, and a first session as a new user has it."""
import json
import os
import pathlib
import tempfile
import unittest

import harness
from harness import E2eTest, cli, need_root
from test_raw_exec import batch


class Offline(E2eTest):
    def test_every_command_has_help(self):
        listing = cli(None, "-h")
        self.assertIn(listing.code, (0, 127))
        for command in (("job", "run"), ("job", "plan"), ("job", "validate"), ("job", "status"), ("job", "stop"),
                        ("job", "inspect"), ("job", "init"), ("alloc", "status"), ("alloc", "logs"), ("node", "status"),
                        ("eval", "status"), ("agent-info",), ("version",), ("agent",), ("run",), ("status",), ("logs",)):
            result = cli(None, *command, "-h")
            self.assertEqual(result.code, 0, f"{command}: {result}")
            self.assertGreater(len(result.out), 40, command)

    def test_a_dead_server_gives_a_hint_and_exit_code_1(self):
        result = cli(None, "job", "status", env={"NOMAD_ADDR": "http://127.0.0.1:1"})
        self.assertEqual(result.code, 1, result)
        self.assertIn("127.0.0.1:1", result.err)
        self.assertIn("drover agent", result.err)

    def test_init_writes_a_file_that_validates(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(cli(None, "job", "init", cwd=folder).code, 0)
            self.assertTrue(os.path.exists(f"{folder}/example.nomad"))
            self.assertEqual(cli(None, "job", "init", cwd=folder).code, 1)
            self.assertEqual(cli(None, "job", "validate", "example.nomad", cwd=folder).code, 0)

    def test_unknown_commands_are_refused(self):
        self.assertNotEqual(cli(None, "jbo", "run").code, 0)

    def test_it_answers_to_nomad_too(self):
        link = pathlib.Path(harness.DROVER).with_name("nomad")
        self.assertTrue(link.exists())


@need_root
class Session(E2eTest):
    def test_plan_run_status_inspect_stop(self):
        agent = self.single()
        job = batch("web", "sleep 1000").replace('"batch"', '"service"')
        plan = cli(agent, "job", "plan", "-", stdin=job)
        self.assertEqual(plan.code, 1, plan)
        self.assertIn("Job Modify Index: 0", plan.out)
        self.assertEqual(agent.api.get("/v1/jobs"), [])
        run = cli(agent, "run", "-", stdin=job)
        self.assertEqual(run.code, 0, run)
        self.assertIn("Monitoring evaluation", run.out)
        self.assertEqual(cli(agent, "plan", "-", stdin=job).code, 0)
        changed = cli(agent, "plan", "-", stdin=job.replace("sleep 1000", "sleep 2000"))
        self.assertEqual(changed.code, 1, changed)
        self.assertIn("sleep 2000", changed.out)
        alloc = agent.api.running("web")[0]
        for command in (("status",), ("status", "web"), ("job", "status", "we"), ("alloc", "status", alloc["ID"][:8]),
                        ("node", "status"), ("node", "status", alloc["NodeID"][:8]), ("eval", "status", alloc["EvalID"][:8]),
                        ("agent-info",), ("alloc-status", alloc["ID"][:6]), ("node-status", "-verbose")):
            result = cli(agent, *command)
            self.assertEqual(result.code, 0, f"{command}: {result}")
            self.assertNotIn("\x1b", result.out, "no colours where there is no terminal")
        inspected = json.loads(cli(agent, "inspect", "web").out)
        self.assertEqual(inspected["Job"]["ID"], "web")
        stopped = cli(agent, "stop", "web")
        self.assertEqual(stopped.code, 0, stopped)
        agent.api.alloc_with_status("web", "complete")
        self.assertEqual(agent.api.get("/v1/job/web")["Status"], "dead")

    def test_check_index_guards_a_run(self):
        agent = self.single()
        job = batch("guarded", "true")
        refused = cli(agent, "job", "run", "-check-index", "99", "-", stdin=job)
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("Enforcing job modify index 99", refused.err + refused.out)
        self.assertEqual(cli(agent, "job", "run", "-check-index", "0", "-", stdin=job).code, 0)

    def test_a_blocking_query_returns_with_the_change(self):
        agent = self.single()
        index = agent.api.raw("GET", "/v1/jobs")[2]["X-Nomad-Index"]
        with harness.subprocess.Popen(["curl", "-s", f"{agent.api.url}/v1/jobs?index={index}&wait=30s"],
                                      stdout=harness.subprocess.PIPE) as query:
            self.assertEqual(self.run_job(agent, batch("news", "true")).code, 0)
            self.assertIn(b'"news"', query.communicate(timeout=20)[0])

    def test_metrics_in_both_forms(self):
        agent = self.single()
        names = {g["Name"] for g in agent.api.get("/v1/metrics")["Gauges"]}
        self.assertIn("nomad.nomad.broker.total_ready", names)
        text = agent.api.raw("GET", "/v1/metrics?format=prometheus")[1].decode()
        self.assertIn("nomad_nomad_broker_total_ready", text)


if __name__ == "__main__":
    unittest.main()
