"""Canaries (cases.md 64): secrets of a job are in no log, event, answer of the API, command line or other process."""
import json
import os
import pathlib
import unittest
import urllib.request

import harness
import model_servers
from harness import NO_RESCHEDULING, E2eTest, asset, cli, group_job, need_root, shell_task, wait_for

MODEL = {"config.json": b"{}\n", "model.bin": os.urandom(200_000)}

RUN = os.urandom(4).hex()  # another one may look at the same processes
# Credentials of registries and assets, and the agent's own: nobody is told them again.
TOKEN, WRONG_TOKEN, S3_SECRET, REGISTRY, OP_REGISTRY, OP_TOKEN, AGENT = CREDENTIALS = [
    f"canary-{name}-{RUN}"
    for name in ("token", "wrong-token", "s3-secret", "registry", "op-registry", "op-token", "agent")]
# A part of their jobs, as in Nomad: who may read the job may read them.
ENV, TEMPLATE = OF_TASK = [f"canary-env-{RUN}", f"canary-template-{RUN}"]
URL_PASSWORD, HEADER = OF_ARTIFACT = [f"canary-url-password-{RUN}", f"canary-header-{RUN}"]
CANARIES = CREDENTIALS + OF_TASK + OF_ARTIFACT

NO_IMAGE = "127.0.0.1:1/no/such:image"
WAYS = ("/v1/agent/self", "/v1/agent/members", "/v1/allocations?resources=true&task_states=true", "/v1/evaluations",
        "/v1/deployments", "/v1/nodes?resources=true", "/v1/jobs?meta=true", "/v1/client/assets", "/v1/client/stats",
        "/v1/metrics", "/v1/namespaces", "/v1/services", "/v1/operator/scheduler/configuration", "/node/info")
WAYS_OF_A_JOB = ("/v1/job/{}", "/v1/job/{}/versions", "/v1/job/{}/submission?version=0", "/v1/job/{}/allocations",
                 "/v1/job/{}/evaluations", "/v1/job/{}/summary", "/v1/job/{}/deployments", "/v1/job/{}/flow",
                 "/job/{}/job-definition", "/v1/job/{}/endpoints")


def raw_exec_job(name, more):
    return group_job(name, shell_task("t", "sleep 600", more=more), kind="batch", group=NO_RESCHEDULING)


def jobs(hub, bucket):
    model = dict(type="HF", target="/m", repo="org/model")
    s3 = asset(type="S3", target="/d", url=f"{bucket}/bucket/data", access_key_id="AKID", secret_access_key=S3_SECRET)
    template = f'template {{\ndata = "T={TEMPLATE}"\ndestination = "secrets/env"\nenv = true\n}}'
    return {
        "good": raw_exec_job("good", f'{asset(**model, access_token=TOKEN)}{s3}\nenv {{\nE = "{ENV}"\n}}\n{template}'),
        "denied": raw_exec_job("denied", asset(**model, access_token=WRONG_TOKEN)),
        "artifact": raw_exec_job("artifact", f"""artifact {{
            source = "{hub.replace('//', f'//user:{URL_PASSWORD}@')}/none"
            headers {{ Authorization = "{HEADER}" }}
        }}"""),
        "pull": group_job("pull", shell_task("t", "true", driver="docker", config=f"""image = "{NO_IMAGE}"
            auth {{
              username = "u"
              password = "{REGISTRY}"
            }}"""), kind="batch", group=NO_RESCHEDULING),
    }


DEFINITION = {"version": "0.1", "type": "container", "meta": {"trigger": "cli"}, "ops": [
    {"type": "container/run", "id": "a", "args": {
        "image": NO_IMAGE, "cmd": "true", "authentication": {"docker": {"username": "u", "password": OP_REGISTRY}},
        "resources": [{"type": "HF", "repo": "org/model", "target": "/m", "accessToken": OP_TOKEN}]}}]}


def processes(agent):
    """Command line and environment of all processes but the agent, its copies that are about to start something, and
    what this one has started."""
    of_agent = pathlib.Path(f"/proc/{agent.process.pid}/cmdline").read_text()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (folder / "cmdline").read_text(errors="replace")
            environment = (folder / "environ").read_text(errors="replace")
        except OSError:  # it has ended, or is not of this container
            continue
        if parent != os.getpid() and command != of_agent:
            yield folder.name, command, environment


@need_root
@harness.need_docker
class Secrets(E2eTest):
    def test_canaries_stay_where_they_belong(self):
        gate = model_servers.Gate()
        hub = model_servers.Hub({"org/model": MODEL}, token=TOKEN, gate=gate)
        self.addCleanup(hub.close)
        bucket = model_servers.Bucket({"/bucket/data/file": b"content"})
        self.addCleanup(bucket.close)
        os.environ["AWS_SECRET_ACCESS_KEY"] = AGENT
        self.addCleanup(os.environ.pop, "AWS_SECRET_ACCESS_KEY")
        endpoint = f'hugging_face_endpoint = "{hub.url}"'
        agent = self.single(extra=f'log_level = "TRACE"\nclient {{\nassets {{\n{endpoint}\n}}\n}}')

        given = jobs(hub.url, bucket.url)
        for text in given.values():
            self.assertEqual(self.run_job(agent, text, "-detach").code, 0)
        definition = agent.folder / "op.json"
        definition.write_text(json.dumps(DEFINITION))
        submitted = cli(agent, "job", "run", "-detach", str(definition))
        self.assertEqual(submitted.code, 0, submitted)

        wait_for("a download that is under way", lambda: any("/resolve/" in r for r in hub.requests))
        for pid, command, environment in processes(agent):
            for canary in CANARIES:
                self.assertNotIn(canary, command + environment, (pid, command))
        gate.set()
        self.check_task(agent)
        for name in ("denied", "artifact", "pull", "op"):
            agent.api.alloc_with_status(name, "failed")
        self.check_texts(agent, [*given, "op"])

    def check_task(self, agent):
        alloc = agent.api.running("good")[0]["ID"]
        holders = set()
        for pid, command, environment in processes(agent):
            for canary in CANARIES:
                self.assertNotIn(canary, command, pid)
                if canary in environment:
                    self.assertIn(canary, OF_TASK, (pid, command))
                    self.assertIn(f"NOMAD_ALLOC_ID={alloc}\0", environment, (pid, command))
                    holders.add(canary)
        self.assertEqual(holders, set(OF_TASK))

    def check_texts(self, agent, names):
        texts = {"agent.log": agent.log.read_text(errors="replace"), "events": self.events(agent)}
        ways = [*WAYS, *(way.format(name) for way in WAYS_OF_A_JOB for name in names)]
        for kind, one in (("allocations", "allocation"), ("evaluations", "evaluation"), ("nodes", "node")):
            ways += [f"/v1/{one}/{row['ID']}" for row in agent.api.get(f"/v1/{kind}")]
        for way in ways:
            try:
                texts[way] = json.dumps(agent.api.get(way))
            except harness.ApiError as error:
                texts[way] = str(error)
        for row in agent.api.get("/v1/allocations"):
            texts["alloc status " + row["JobID"]] = cli(agent, "alloc", "status", "-verbose", row["ID"]).out
        for name in names:
            texts["inspect " + name] = cli(agent, "job", "inspect", name).out
        self.assertIn("asset downloaded", texts["agent.log"])
        found = [(canary, where) for where, text in texts.items() for canary in CREDENTIALS if canary in text]
        self.assertEqual(found, [])
        for name, canaries in (("good", OF_TASK), ("artifact", OF_ARTIFACT)):
            views = {f"/v1/job/{name}", f"/v1/job/{name}/versions", f"/v1/job/{name}/submission?version=0",
                     f"/v1/allocation/{agent.api.allocs(name)[0]['ID']}", f"inspect {name}", "events"}
            found = {where for where, text in texts.items() for canary in canaries if canary in text}
            self.assertEqual(found - views, set())

    @staticmethod
    def events(agent):
        """All that the event stream tells until it has nothing more to tell."""
        lines = []
        with urllib.request.urlopen(f"{agent.api.url}/v1/event/stream?index=1", timeout=60) as stream:
            while (line := stream.readline()) and line.strip() != b"{}":
                lines.append(line.decode())
        assert any('"AllocationUpdated"' in line or '"Allocation"' in line for line in lines), lines[:3]
        return "".join(lines)


if __name__ == "__main__":
    unittest.main()
