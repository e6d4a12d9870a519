"""Markets: order of submission, reasons, timeouts, required images."""
import datetime
import unittest

import harness
import model_servers
from harness import E2eTest, cli, docker, need_docker, need_root, wait_for


def sleeper(name, *, pool="m", cpu=60, constraint="", seconds=3600):
    return f"""job "{name}" {{
      type = "batch"
      datacenters = ["dc1"]
      node_pool = "{pool}"
      {constraint}
      group "g" {{
        task "t" {{
          driver = "raw_exec"
          config {{
            command = "/bin/sleep"
            args = ["{seconds}"]
          }}
          resources {{
            cpu = {cpu}
            memory = 10
          }}
        }}
      }}
    }}"""


@need_root
class Markets(E2eTest):
    def market(self, **kwargs):
        agent = self.start_agent(client_extra='node_pool = "m"\n cpu_total_compute = 100', **kwargs)
        agent.wait_nodes(1)
        done = cli(agent, "market", "create", "-timeout", "60", "-max-timeout", "120", "m")
        self.assertEqual(done.code, 0, done)
        agent.api.put("/v1/market/m", {**agent.api.get("/v1/market/m"), "address": "97G9"})
        return agent

    def submit(self, agent, name, *flags, **kwargs):
        done = self.run_job(agent, sleeper(name, **kwargs), "-detach", *flags)
        self.assertEqual(done.code, 0, done)

    def test_jobs_run_in_order_and_say_why_they_wait(self):
        agent = self.market()
        self.submit(agent, "first")
        agent.api.running("first")
        self.submit(agent, "nowhere", constraint='constraint {\n attribute = "${attr.kernel.name}"\n value = "vms"\n}')
        self.submit(agent, "second")
        self.submit(agent, "third", cpu=10)

        def reasons():
            queue = agent.api.get("/v1/market/97G9/queue")
            return [(job["JobID"], job["Code"]) for job in queue]
        wait_for("the queue", lambda: reasons() == [("nowhere", "nowhere"), ("second", "no-room"), ("third", "queued")])
        status = cli(agent, "job", "status", "third")
        self.assertIn("3 of 3", status.out)
        agent.api.delete("/v1/job/first")
        agent.api.running("second")
        agent.api.running("third")
        self.assertEqual(reasons(), [("nowhere", "nowhere")])

    def test_a_job_ends_when_its_time_is_over(self):
        agent = self.market()
        self.submit(agent, "short", "-market", "97G9", "-timeout", "3s")
        agent.api.running("short")
        job = wait_for("the end", lambda: (lambda j: j if j["Stop"] else None)(agent.api.get("/v1/job/short")))
        self.assertEqual(job["StopReason"], "expired")
        self.assertIn("its timeout has passed", cli(agent, "job", "status", "short").out)

    def test_extending_and_limits(self):
        agent = self.market()
        self.submit(agent, "job")
        self.assertEqual(agent.api.get("/v1/job/job")["Timeout"], 60 * 60 * 10**9)
        done = cli(agent, "job", "extend", "-timeout", "30", "job")
        self.assertIn("1h30m0s", done.out)
        self.assertNotEqual(cli(agent, "job", "extend", "-timeout", "2h", "job").code, 0)
        refused = self.run_job(agent, sleeper("long"), "-detach", "-timeout", "500")
        self.assertIn("allows no more than 2h0m0s", refused.err)

    def test_required_resources_as_nosana_shows_them(self):
        agent = self.start_agent()
        market = {"slug": "x", "required_images": ["busybox:1"],
                  "required_remote_resources": [{"type": "S3", "url": "https://models.nosana.io/sd",
                                                 "IAM": {"access_key_id": "k", "secret_access_key": "s"}}]}
        agent.api.put("/v1/markets", market)
        self.assertEqual(agent.api.get("/api/markets/x/required-resources"),
                         {"required_images": ["busybox:1"],
                          "required_remote_resources": [{"type": "S3", "url": "https://models.nosana.io/sd"}]})

    @need_docker
    def test_a_node_takes_no_work_before_it_has_the_images(self):
        agent = self.market()
        wait_for("an answer", lambda: agent.api.get("/v1/nodes"))
        image = "drover-e2e-market:1"
        docker("image", "rm", "-f", image)
        agent.api.put("/v1/market/m", {"slug": "m", "required_images": [image]})
        self.submit(agent, "waits")
        node = agent.api.get("/v1/nodes")[0]["ID"]
        wait_for("the node to fetch", lambda: agent.api.get(f"/v1/node/{node}").get("Prefetching"))
        self.assertEqual(agent.api.allocs("waits"), [])
        harness.busybox_image(image)
        agent.api.running("waits")

    def test_a_node_takes_no_work_before_it_has_the_resources(self):
        gate = model_servers.Gate()
        hub = model_servers.Hub({"org/model": {"m.bin": bytes(5000)}}, gate=gate)
        self.addCleanup(hub.close)
        agent = self.market(extra=f'client {{\nassets {{\nhugging_face_endpoint = "{hub.url}"\n}}\n}}')
        agent.api.put("/v1/market/m", {"slug": "m", "required_remote_resources": [{"type": "HF", "repo": "org/model"}]})
        self.submit(agent, "waits")
        wait_for("the download", hub.downloads)
        node = agent.api.get("/v1/nodes")[0]["ID"]
        self.assertTrue(agent.api.get(f"/v1/node/{node}")["Prefetching"])
        self.assertEqual(agent.api.allocs("waits"), [])
        gate.set()
        agent.api.running("waits")
        pinned = lambda: [a["Pinned"] for a in agent.api.get("/v1/client/assets")["Assets"]]
        self.assertEqual(pinned(), [True])
        agent.api.put("/v1/market/m", {"slug": "m"})
        wait_for("nobody needs it", lambda: pinned() == [False])

    def test_a_thousand_queued_jobs_start_in_order_and_on_prefetched_nodes_only(self):
        agent = self.start_agent(client=False)
        agent.api.put("/v1/markets", {"slug": "m", "required_images": ["busybox:1"],
                                      "required_remote_resources": [{"type": "HF", "repo": "org/model"}]})
        jobs = [f"job{i}" for i in range(1000)]
        for job in jobs:
            task = {"Name": "t", "Driver": "exec", "Config": {"command": "true"}, "Resources": {"CPU": 600, "MemoryMB": 10}}
            agent.api.put("/v1/jobs", {"Job": {"ID": job, "Type": "batch", "NodePool": "m", "Datacenters": ["dc1"],
                                               "TaskGroups": [{"Name": "g", "Tasks": [task]}]}})
        wait_for("the queue", lambda: [(w["JobID"], w["Code"]) for w in agent.api.get("/v1/market/m/queue")] ==
                 [(job, "nowhere") for job in jobs])
        # Each has room for one job, and fetches two things of 1 GiB.
        flags = ("-node-pool=m", "-cpu=1000", "-run-time=20ms")
        self.simulate(agent, "-nodes=3", "-fetch-time=1s", *flags)
        fetching = wait_for("nodes that fetch", lambda: [n for n in agent.api.get("/v1/nodes") if n["Status"] == "ready"])
        self.assertTrue(agent.api.get(f"/v1/node/{fetching[0]['ID']}")["Prefetching"])
        self.assertEqual(agent.api.get("/v1/allocations"), [])
        wait_for("a first job", lambda: agent.api.get("/v1/allocations"))
        self.simulate(agent, "-nodes=1", "-fetch-time=500ms", "-name=late", *flags)
        wait_for("the end of all", lambda: len([a for a in agent.api.get("/v1/allocations")
                                                if a["ClientStatus"] == "complete"]) == len(jobs), 120)

        allocs = agent.api.get("/v1/allocations")
        placed = {a["JobID"]: a["CreateIndex"] for a in allocs}
        self.assertEqual(sorted(jobs, key=lambda job: placed[job]), jobs)
        for node in agent.api.get("/v1/nodes"):
            took = [a for a in allocs if a["NodeID"] == node["ID"]]
            events = {e["Message"]: e["Timestamp"] for e in agent.api.get(f"/v1/node/{node['ID']}")["Events"]}
            self.assertTrue(took, node["Name"])
            ready = datetime.datetime.fromisoformat(events["Node has what its market requires"]).timestamp()
            self.assertGreaterEqual(min(a["CreateTime"] for a in took) / 1e9, ready)


if __name__ == "__main__":
    unittest.main()
