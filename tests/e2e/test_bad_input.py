"""What the cluster does with input that is wrong, hostile or too large (cases.md 39, 42, 43, 44)."""
import http.client
import json
import time
import unittest

import harness
from harness import E2eTest


class BadInput(E2eTest):
    def setUp(self):
        self.agent = self.start_agent(client=False)

    def refused(self, path, body, status):
        with self.assertRaises(harness.ApiError) as caught:
            self.agent.api.put(path, body)
        self.assertEqual(caught.exception.status, status, caught.exception.body)
        return caught.exception.body

    def test_a_syntax_error_has_file_line_column_and_caret(self):
        result = harness.cli(self.agent, "job", "run", "-", stdin='job "x" {\n  group "g" {\n    count = = 3\n  }\n}\n')
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, r":3:13")
        self.assertIn("count = = 3", result.err)
        self.assertRegex(result.err, r"\n.*\^")

    def test_ten_mistakes_are_reported_at_once(self):
        task = {"Name": "a/b", "Driver": "", "Resources": {"CPU": -5, "MemoryMB": 1, "IOPS": 5},
                "KillTimeout": -1, "LogConfig": {"MaxFiles": 0, "MaxFileSizeMB": 0}}
        job = {"ID": "has space", "Name": "x", "Type": "service", "Priority": 101, "Datacenters": [],
               "Constraints": [{"LTarget": "x", "RTarget": "(", "Operand": "regexp"}],
               "TaskGroups": [{"Name": "g", "Count": -1, "Tasks": [task]}, {"Name": "g", "Tasks": []}]}
        body = self.refused("/v1/jobs", {"Job": job}, 500)
        self.assertGreaterEqual(body.count("\n"), 10, body)

    def test_nesting_bombs_are_answered_at_once(self):
        for text in ("[" * 100_000, "x = " + "[" * 100_000, '{"a":' * 20_000):
            begin = time.monotonic()
            self.refused("/v1/jobs/parse", {"JobHCL": text}, 400)
            self.assertLess(time.monotonic() - begin, 1.0)  # the target of 50 ms is a benchmark's business
        begin = time.monotonic()
        self.refused("/v1/jobs", b'{"Job":' + b"[" * 100_000, 400)
        self.assertLess(time.monotonic() - begin, 1.0)

    def test_absurd_numbers_are_refused(self):
        good = {"ID": "j", "Name": "j", "Datacenters": ["dc1"],
                "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Driver": "raw_exec", "Config": {"command": "/bin/true"}}]}]}
        for count in (10**9, -1, 2**63, 1.5):
            job = json.loads(json.dumps(good))
            job["TaskGroups"][0]["Count"] = count
            with self.assertRaises(harness.ApiError) as caught:
                self.agent.api.put("/v1/jobs", {"Job": job})
            self.assertIn(caught.exception.status, (400, 500))
            self.assertRegex(caught.exception.body, "Count|at most 50000")
        self.assertEqual(self.agent.api.get("/v1/jobs"), [])

    def test_a_huge_body_is_refused_before_it_is_sent(self):
        connection = http.client.HTTPConnection(self.agent.address, self.agent.http_port, timeout=10)
        connection.putrequest("PUT", "/v1/jobs")
        connection.putheader("Content-Length", str(1 << 30))
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 413)
        connection.close()

    def test_ids_and_parameters_are_checked(self):
        body = self.refused("/v1/job/other", {"Job": {"ID": "this"}}, 400)
        self.assertIn("does not match", body)
        for path, status in (("/v1/job/none", 404), ("/v1/allocation/12", 404), ("/v1/jobs?index=x", 400),
                             ("/v1/jobs?wait=soon&index=1", 400), ("/v1/nothing", 404)):
            with self.assertRaises(harness.ApiError) as caught:
                self.agent.api.get(path)
            self.assertIn(caught.exception.status, (status, 400 if status == 404 else status), path)
        with self.assertRaises(harness.ApiError) as caught:
            self.agent.api.raw("PATCH", "/v1/jobs")
        self.assertEqual(caught.exception.status, 405)

    def test_unknown_keys_of_the_configuration_are_named(self):
        agent = harness.Agent(extra='no_such_key = 1\nserver { enabeld = true }')
        self.addCleanup(agent.stop)
        agent.start(wait=False)
        self.assertEqual(agent.process.wait(timeout=20), 1)
        log = agent.log.read_text()
        self.assertIn("no_such_key", log)
        self.assertIn("enabeld", log)

    def test_a_bad_port_is_explained(self):
        job = """job "p" {
          datacenters = ["dc1"]
          group "g" {
            task "t" {
              driver = "raw_exec"
              config { command = "/bin/true" }
              resources {
                network {
                  port "x" { static = 70000 }
                }
              }
            }
          }
        }"""
        result = harness.cli(self.agent, "job", "run", "-", stdin=job)
        self.assertEqual(result.code, 1, result)
        self.assertIn("70000", result.err)


if __name__ == "__main__":
    unittest.main()
