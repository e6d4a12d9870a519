"""More of Nosana's examples (facts/nosana.md section 5): what validates, what must not, and on the real engine those with
volumes, services behind the proxy, resources from a server, and ends other than their own."""
import json
import pathlib
import re
import unittest

import harness
import model_servers
import nosana_examples as examples
from harness import E2eTest, SharedAgentTest, cli, need_root, wait_for
from nosana_examples import check, definition, op
from test_expose import ask, endpoint_id
from test_nosana import submit

DOMAIN = "nodes.example.org"
MODEL = {"config.json": b'{"hidden": 1}\n', "split_files/vae/x.safetensors": b"x" * 2000}
LAYERS = [b'{"model_format": "gguf"}', bytes(range(256)) * 400, b"MIT"]
OBJECTS = {"/data/set/a.txt": b"one\n", "/data/set/sub/b.txt": b"two\n", "/more/c.txt": b"three\n"}
WAIT = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
SERVE = f"httpd -h / -p 80; {WAIT}"
SERVICE_YAML = f"""\
version: '0.1'
type: container
meta: {{trigger: cli}}
ops:
  - type: container/run
    id: nginx-1
    args: &service
      image: busybox:1
      cmd: {json.dumps(SERVE)}
      expose:
        - port: 80
          health_checks:
            - {{type: http, path: /etc/hosts, method: GET, expected_status: 200, continuous: true}}
    execution: {{group: run}}
  - type: container/run
    id: nginx-2
    args: *service
    execution: {{group: run, depends_on: [nginx-1]}}
"""


class Validation(E2eTest):
    """Needs no agent."""

    def validate(self, name, content, *flags):
        folder = self.enterContext(harness.tempfile.TemporaryDirectory())
        file = pathlib.Path(folder) / f"{name}.json"
        file.write_text(json.dumps(content))
        return cli(None, "job", "validate", *flags, str(file))

    def test_what_is_only_to_be_validated_is_valid(self):
        for name, content in examples.VALID.items():
            result = self.validate(name, content)
            self.assertEqual(result.code, 0, (name, result))

    def test_what_must_be_refused_is_refused_with_its_place(self):
        for name, (content, strict, message) in examples.INVALID.items():
            result = self.validate(name, content, *(["-strict"] if strict else []))
            self.assertNotEqual(result.code, 0, (name, result))
            self.assertRegex(result.out + result.err, f":1:\\d+: .*{re.escape(message)}", name)
            if strict:
                self.assertEqual(self.validate(name, content).code, 0, name)


@need_root
@harness.need_docker
class Examples(SharedAgentTest):
    @classmethod
    def setUpClass(cls):
        cls.hub = model_servers.Hub({"org/model": MODEL})
        cls.bucket = model_servers.Bucket(OBJECTS)
        cls.registry = model_servers.Registry({"library/tiny:1b": LAYERS})
        for server in (cls.hub, cls.bucket, cls.registry):
            cls.addClassCleanup(server.close)
        cls.share_agent(domain=DOMAIN, extra=f"""
            client {{
              assets {{
                hugging_face_endpoint = "{cls.hub.url}"
                ollama_registry = "{cls.registry.url}"
              }}
            }}""")

    def flow(self, job):
        return self.agent.api.get(f"/v1/job/{job}/flow")

    def ended(self, job):
        def look():
            flow = self.flow(job)
            if flow["status"] in ("init", "running"):
                raise ValueError(flow)
            return flow
        return wait_for(f"the end of {job}", look)

    def output(self, job, stream="stdout"):
        """What each operation wrote, by its id."""
        return {o["operationId"]: "".join(line["log"] + "\n" for line in o["logs"] if line["type"] == stream)
                for o in self.ended(job)["opStates"]}

    def state(self, job, op_id):
        return self.agent.api.get(f"/job/{job}/ops")[op_id]

    def ask(self, endpoint):
        """The status and the body; of what has no answer its reason."""
        return ask(self.proxy, f"{endpoint}.{DOMAIN}", "/etc/hosts")[:2]

    def wait_for_answer(self, endpoint):
        wait_for("an answer", lambda: self.ask(endpoint)[0] == 200)

    def test_a_volume_is_shared_by_the_operations(self):
        volume = [{"name": "shared", "dest": "/nosana/outputs"}]
        submit(self.agent, "volume-demo", definition(
            op("create-volume", kind="container/create-volume", name="shared"),
            op("write", cmd=["/bin/sh", "-c", "ls", "/home", "pwd;"], volumes=volume),
            op("fill", cmd="echo $TEXT > /nosana/outputs/test.txt; pwd", volumes=volume, work_dir="/tmp"),
            op("read", cmd="cat /nosana/outputs/test.txt; pwd", volumes=volume),
            op("other", cmd="ls /nosana"),
            **{"global": {"env": {"TEXT": "Hello World"}, "work_dir": "/home"}}))
        written = self.output("volume-demo")
        self.assertEqual((written["write"], written["fill"], written["read"]), ("", "/tmp\n", "Hello World\n/home\n"))
        self.assertEqual([o["status"] for o in self.flow("volume-demo")["opStates"]], ["success"] * 4 + ["failed"])

    def test_a_service_waits_for_the_health_of_the_one_before(self):
        """From YAML, where the second has a port of the same number."""
        submit(self.agent, "nginx.yaml", SERVICE_YAML)
        wait_for("both", lambda: (self.state("nginx", "nginx-1"), self.state("nginx", "nginx-2")) == ("running", "running"))
        for index in range(2):
            self.wait_for_answer(endpoint_id(index, 80, "nginx"))
        states = self.agent.api.get("/v1/allocation/" + self.agent.api.running("nginx")[0]["ID"])["TaskStates"]
        self.assertLess(states["nginx-1"]["StartedAt"], states["nginx-2"]["StartedAt"])
        urls = self.flow("nginx")["secrets"]["nginx"]
        self.assertEqual(set(urls), {endpoint_id(0, 80, "nginx"), endpoint_id(1, 80, "nginx")})
        self.assertEqual({u["status"] for u in urls.values()}, {"ONLINE"})
        cli(self.agent, "job", "stop", "-detach", "nginx")
        flow = self.ended("nginx")
        self.assertEqual(flow["status"], "stopped")
        self.assertEqual([(o["status"], o["diagnostics"]["reason"]["jobStopped"]) for o in flow["opStates"]],
                         [("stopped", True)] * 2)

    def test_what_never_is_healthy_holds_its_dependents_back(self):
        submit(self.agent, "unhealthy", definition(
            op("web", cmd=SERVE, expose=[{"port": 80, "health_checks": [check(status=418)]}], execution={"group": "g"}),
            op("after", cmd="echo after", execution={"group": "g", "depends_on": ["web"]})))
        wait_for("a reason", lambda: b"instead of 418" in self.ask(endpoint_id(0, 80, "unhealthy"))[1])
        self.assertEqual((self.state("unhealthy", "web"), self.state("unhealthy", "after")), ("running", "waiting"))
        cli(self.agent, "job", "stop", "-detach", "unhealthy")
        self.assertEqual(self.output("unhealthy")["after"], "")

    def test_what_one_operation_prints_fills_in_another(self):
        """job-literals.json: variables, a port, an environment and resources from results."""
        expose = json.dumps([{"port": 8090, "health_checks": [check("/etc/hosts")]}])
        resources = json.dumps([{"type": "S3", "url": self.bucket.url + "/data/set/", "target": "/spread"}])
        submit(self.agent, "literals", definition(
            op("setter", entrypoint=["sh", "-c"], execution={"group": "pre"},
               cmd=[f"echo 'cmd: -p'; echo 'cmd: 8090'; echo 'env: {{\"MODEL\": \"%%global.variables.MODEL%%\"}}'; "
                    f"echo 'expose: {expose}'; echo 'resources: {resources}'"],
               results={"cmd": "(?<=cmd: ).*", "env": "(?<=env: ).*", "expose": "(?<=expose: ).*",
                        "resources": "(?<=resources: ).*", "entrypoint": "(?<=entrypoint: ).*"}),
            op("selected", execution={"group": "main"},
               cmd=["sh", "-c", "echo $MODEL $STATIC; cat /spread/a.txt; echo $@; httpd -h / \"$@\"; " + WAIT, "sh",
                    "%%ops.setter.results.cmd%%"],
               env={"STATIC": "static", "__spread__": "%%ops.setter.results.env%%"},
               expose=[{"__spread__": "%%ops.setter.results.expose%%"}],
               entrypoint=["__remove-if-empty__", "%%ops.setter.results.entrypoint%%"],
               resources=[{"__spread__": "%%ops.setter.results.resources%%"},
                          {"type": "S3", "url": self.bucket.url + "/more/", "target": "/data-models"}]),
            **{"global": {"variables": {"MODEL": "org/model"}}}))
        self.wait_for_answer(endpoint_id(1, 8090, "literals"))
        self.assertEqual(list(self.flow("literals")["secrets"]["literals"]), [endpoint_id(1, 8090, "literals")])
        cli(self.agent, "job", "stop", "-detach", "literals")
        self.assertEqual(self.output("literals")["selected"], "org/model static\none\n-p 8090\n")

    def test_the_jobs_of_a_deployment_share_an_address(self):
        """nginx.json; which of them has answered is what it serves."""
        for name in ("replica-1", "replica-2"):
            submit(self.agent, name, definition(
                op("web", cmd=f"mkdir /www; mkdir /www/etc; echo $NOSANA_ID > /www/etc/hosts; httpd -h /www -p 80; {WAIT}",
                   expose=[{"port": 80, "health_checks": [check("/etc/hosts")]}], execution={"group": "g"}),
                op("tell", cmd=["echo", "%%ops.web.deployment_endpoint%%"], execution={"group": "g"}),
                deployment_id="first_deployment"))
        told = wait_for("the address", lambda: self.agent.api.logs(self.agent.api.running("replica-1")[0]["ID"], "tell"))
        shared, domain = told.strip().split(".", 1)
        self.assertEqual(domain.split(":")[0], DOMAIN)
        seen = set()
        wait_for("both", lambda: seen.add(self.ask(shared)[1].strip()) or {b"replica-1", b"replica-2"} <= seen)
        cli(self.agent, "job", "stop", "-detach", "replica-1")
        self.ended("replica-1")
        self.assertEqual({self.ask(shared)[1].strip() for _ in range(4)}, {b"replica-2"})
        cli(self.agent, "job", "stop", "-detach", "replica-2")

    def test_private_addresses_are_shown_and_cannot_be_computed(self):
        submit(self.agent, "hidden", definition(op("web", cmd=SERVE, expose=80, private=True)))
        urls = wait_for("an address", lambda: self.flow("hidden")["secrets"].get("hidden"))
        self.assertEqual(self.flow("hidden")["secrets"]["urlmode"], "private")
        self.assertEqual(self.agent.api.get("/job/hidden/endpoints")["urls"], urls)
        (hidden, shown), = urls.items()
        self.assertNotEqual(hidden, endpoint_id(0, 80, "hidden"))
        self.assertIn(f"//{hidden}.{DOMAIN}", shown["url"])
        self.wait_for_answer(hidden)
        self.assertIn(b"unknown", self.ask(endpoint_id(0, 80, "hidden"))[1])
        cli(self.agent, "job", "stop", "-detach", "hidden")

    def test_resources_are_there_when_the_operation_starts(self):
        def listed(name, *resources):
            mounted = [r["target"] for r in resources]
            submit(self.agent, name, definition(op("ls", resources=list(resources),
                                                   cmd=f"cd {mounted[0]}; find . -type f | sort; touch x || echo read-only")))
            return self.output(name)["ls"].split()

        bucket = {"type": "S3", "url": self.bucket.url + "/data/set/", "target": "/m"}
        self.assertEqual(listed("s3-base", bucket), ["./a.txt", "./sub/b.txt", "read-only"])
        self.assertEqual(listed("s3-files", {**bucket, "files": ["sub/b.txt"]}), ["./sub/b.txt", "read-only"])
        self.assertEqual(listed("s3-write", {**bucket, "allowWrite": True}), ["./a.txt", "./sub/b.txt"])
        both = {"type": "S3", "buckets": [{"url": bucket["url"]}, {"url": self.bucket.url + "/more/"}], "target": "/m"}
        self.assertEqual(listed("s3-buckets", both), ["./a.txt", "./c.txt", "./sub/b.txt", "read-only"])
        hub = {"type": "HF", "repo": "org/model", "target": "/m"}
        self.assertEqual(listed("hf", hub), ["./config.json", "./split_files/vae/x.safetensors", "read-only"])
        self.assertEqual(listed("hf-files", {**hub, "files": ["split_files/vae/x.safetensors"]}),
                         ["./split_files/vae/x.safetensors", "read-only"])

    def test_a_model_of_ollamas_is_a_models_store(self):
        check_blobs = 'cd /root/.ollama/models/blobs; for f in *; do echo "${f#sha256-}  $f"; done | sha256sum -c'
        for name in ("ollama-cold", "ollama-warm"):
            submit(self.agent, name, definition(op(
                "pull", cmd=f"{check_blobs}; cd ..; find . -type f | sort; cat manifests/*/library/tiny/1b",
                resources=[{"type": "Ollama", "model": "tiny:1b"}])))
            *lines, manifest = self.output(name)["pull"].splitlines()
            blobs = sorted("sha256-" + self.registry.digest(layer)[7:] for layer in LAYERS)
            self.assertEqual(lines, [f"{blob}: OK" for blob in blobs] + [f"./blobs/{blob}" for blob in blobs] +
                             ["./manifests/registry.ollama.ai/library/tiny/1b"])
            self.assertEqual(json.loads(manifest)["config"]["size"], len(LAYERS[0]))
        # One request for the manifest and each blob, and one for the rest of what broke off; none by the second job.
        self.assertEqual(len(self.registry.requests), len(LAYERS) + 2)
        self.assertEqual([start for start in self.registry.ranges if start], [len(LAYERS[1]) // 2])

    def test_a_command_that_is_posted_twice_runs_twice(self):
        posted = {cli(self.agent, "job", "post", "-m", "default", "-t", "5", "-i", "busybox:1", "echo", "hello", "world")
                  .out.split()[1] for _ in range(2)}
        self.assertEqual(len(posted), 2)
        for job in posted:
            self.assertEqual(self.output(job), {"run-from-cli": "hello world\n"})
            listed = cli(self.agent, "job", "list", "-limit", "50", "-state", "COMPLETED").out
            self.assertIn(job, listed)

    def test_a_resource_that_is_not_there_fails_its_operation_only(self):
        submit(self.agent, "missing", definition(
            op("a", resources=[{"type": "HF", "repo": "org/nothing", "target": "/m"}]), op("b", cmd="echo b")))
        flow = self.ended("missing")
        self.assertEqual([o["status"] for o in flow["opStates"]], ["failed", "success"])
        self.assertEqual([e["event"] for e in flow["opStates"][0]["errors"]], ["resource-error"])

    def test_a_job_whose_time_is_over_is_a_success_that_says_so(self):
        submit(self.agent, "expires", definition(op("a", cmd="trap 'exit 9' TERM; while :; do sleep 0.1; done"),
                                                 op("b", cmd="echo never")), "-timeout", "3s")
        flow = self.ended("expires")
        self.assertEqual(flow["status"], "success")
        self.assertEqual([(o["status"], o["exitCode"], o["diagnostics"]["reason"]["jobExpired"]) for o in flow["opStates"]],
                         [("success", 9, True), ("success", 0, True)])


if __name__ == "__main__":
    unittest.main()
