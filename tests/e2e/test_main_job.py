"""The documents' own examples on a real Docker engine."""
import json
import pathlib
import re
import socket
import unittest
import urllib.request

import harness
from harness import E2eTest, JOBS, need_docker, need_root, wait_for


def redis_ping(address):
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(64)


@need_root
@need_docker
class RedisExample(E2eTest):
    def test_the_json_example_of_001_runs_a_redis_that_answers(self):
        harness.redis_image()
        agent = self.single()
        answer = agent.api.put("/v1/job/example", (JOBS / "example-001.json").read_bytes())
        self.assertTrue(answer["EvalID"])
        self.assertEqual(answer["Warnings"], "")
        alloc = agent.api.running("example")[0]
        address = agent.api.ports(alloc["ID"])["db"]
        self.assertGreaterEqual(address[1], 20000)
        self.assertEqual(wait_for("PONG", lambda: redis_ping(address)), b"+PONG\r\n")

        checks = wait_for("the check to pass", lambda: [c for c in agent.api.get(f"/v1/allocation/{alloc['ID']}")["Checks"]
                                                        if c["Status"] == "passing"])
        self.assertEqual(checks[0]["Check"], "alive")
        service = agent.api.get("/v1/service/global-redis-check")[0]
        self.assertEqual((service["Address"], service["Port"]), address)
        self.assertEqual(service["Tags"], ["global", "cache"])

        status = harness.cli(agent, "alloc", "status", alloc["ID"][:8])
        self.assertEqual(status.code, 0, status)
        self.assertIn("alive", status.out)
        self.assertIn("passing", status.out)

    def test_a_missing_image_is_explained(self):
        agent = self.single()
        self.run_job(agent, """job "noimage" {
          datacenters = ["dc1"]
          type = "batch"
          group "g" {
            restart { attempts = 0 mode = "fail" }
            task "t" {
              driver = "docker"
              config { image = "127.0.0.1:9/no/such-image:1" }
            }
          }
        }""", "-detach")
        alloc = agent.api.alloc_with_status("noimage", "failed")
        status = harness.cli(agent, "alloc", "status", alloc["ID"])
        self.assertIn("no/such-image", status.out)


@need_root
@need_docker
class DocsExample(E2eTest):
    """The HCL example of 003, with its image and check replaced by something local, on one server and two clients."""

    def cluster(self):
        server = self.start_agent(client=False, extra='region = "us"')
        for number, datacenter in ((2, "us-west-1"), (3, "us-east-1")):
            address = f"127.0.0.{number}"
            self.start_agent(server=False, address=address, servers=[server.rpc],
                             extra=f'region = "us"\ndatacenter = "{datacenter}"')
        server.wait_nodes(2)
        return server

    def local_example(self, with_static_port):
        # The pause between the sets of an update is what a real service wants, not a test.
        text = (JOBS / "docs-003.nomad").read_text().replace('stagger = "30s"', 'stagger = "1s"')
        text = text.replace('image = "hashicorp/web-frontend"',
                            'image = "busybox:1"\n'
                            'command = "/bin/sh"\n'
                            'args = ["-c", "mkdir -p w && echo $NOMAD_ALLOC_INDEX > w/health && exec httpd -f -p 8080 -h w"]\n'
                            'port_map { http = 8080 }')
        if not with_static_port:
            text = re.sub(r'port "https" \{\s*static = 443\s*\}', "", text)
        return text

    def test_the_static_port_allows_one_a_node_and_the_rest_says_why(self):
        harness.busybox_image()
        server = self.cluster()
        result = self.run_job(server, self.local_example(True))
        self.assertEqual(result.code, 2, result)
        self.assertIn("reserved port collision", result.out)
        self.assertEqual(len(server.api.running("docs", 2)), 2)
        blocked = [e for e in server.api.get("/v1/job/docs/evaluations") if e["Status"] == "blocked"]
        self.assertEqual(len(blocked), 1)
        metric = blocked[0]["FailedTGAllocs"]["webs"]
        self.assertEqual(metric["CoalescedFailures"] + 1, 3)
        self.assertTrue(any("reserved port collision" in d and "443" in d for d in metric["DimensionExhausted"]), metric)

        result = self.run_job(server, self.local_example(False))
        self.assertEqual(result.code, 0, result)
        allocs = server.api.running("docs", 5)
        answers = set()
        for alloc in allocs:
            ip, port = server.api.ports(alloc["ID"])["http"]
            answers.add(wait_for(f"{ip}:{port}", lambda ip=ip, port=port: urllib.request.urlopen(
                f"http://{ip}:{port}/health", timeout=5).read().decode().strip()))
        self.assertEqual(answers, {"0", "1", "2", "3", "4"})
        self.assertEqual(len({server.api.ports(a["ID"])["http"][0] for a in allocs}), 2, "both addresses are used")
        self.assertFalse([e for e in server.api.get("/v1/job/docs/evaluations") if e["Status"] == "blocked"])


@need_root
@need_docker
class NosanaExample(E2eTest):
    def test_hello_world_prints_its_output(self):
        harness.ubuntu_image()
        agent = self.single()
        result = self.run_job(agent, JOBS / "hello.json")
        self.assertEqual(result.code, 0, result)
        job = agent.api.get("/v1/jobs")[0]["ID"]
        alloc = agent.api.alloc_with_status(job, "complete")
        logs = wait_for("the output", lambda: harness.cli(agent, "alloc", "logs", alloc["ID"]).out)
        self.assertEqual(logs, "hello world\n")
        self.assertEqual(agent.api.get(f"/v1/job/{job}")["Status"], "dead")


class Definitions(E2eTest):
    def test_the_definitions_of_000_and_002_validate(self):
        for name in ("pytorch-000.json", "huggingface-002.json", "hello.json"):
            result = harness.cli(None, "job", "validate", str(JOBS / name))
            self.assertEqual(result.code, 0, f"{name}: {result}")

    def test_the_examples_read_without_a_server(self):
        for name in ("example-001.json", "docs-003.nomad"):
            result = harness.cli(None, "job", "run", "-output", str(JOBS / name))
            self.assertEqual(result.code, 0, f"{name}: {result}")
            self.assertIn("TaskGroups", json.loads(result.out)["Job"])
        self.assertTrue(pathlib.Path(harness.DROVER).exists())


if __name__ == "__main__":
    unittest.main()
