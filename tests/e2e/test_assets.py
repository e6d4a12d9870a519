"""Models and data sets: downloaded once for all, mounted, kept, resumed, evicted; never given to whom they do not belong."""
import os
import pathlib
import unittest

import harness
import model_servers
from harness import NO_RESCHEDULING, E2eTest, asset, group_job, need_root, shell_task, wait_for

MODEL = {"config.json": b'{"hidden": 1}\n', "weights/model.bin": os.urandom(300_000)}


def job(name, assets, script, *, driver="docker", kind="batch", more="", group=""):
    return group_job(name, shell_task("t", script, driver=driver, memory=32, more=f"{assets}\n{more}"), kind=kind,
                     group=f"{NO_RESCHEDULING}\n{group}")


def events(alloc):
    return [(e["Type"], e["DisplayMessage"]) for e in alloc["TaskStates"]["t"]["Events"]]


@need_root
class Assets(E2eTest):
    def serve(self, server):
        self.addCleanup(server.close)
        return server

    def agent_of(self, hub="", more="", **kwargs):
        endpoint = f'hugging_face_endpoint = "{hub}"' if hub else ""
        return self.single(extra=f"client {{\nassets {{\n{endpoint}\n{more}\n}}\n}}", **kwargs)

    def listing(self, agent):
        return agent.api.get("/v1/client/assets")["Assets"]

    def run_to_end(self, agent, name, text):
        result = self.run_job(agent, text)
        self.assertEqual(result.code, 0, (result, agent.api.allocs(name)))
        return agent.api.logs(agent.api.alloc_with_status(name, "complete")["ID"], "t")

    def failure(self, agent, name, text):
        self.run_job(agent, text, "-detach")
        alloc = agent.api.alloc_with_status(name, "failed")
        return [message for kind, message in events(alloc) if kind == "Failed Asset Download"][-1]

    @harness.need_docker
    def test_downloaded_once_for_jobs_that_start_together(self):
        harness.busybox_image()
        gate = model_servers.Gate()
        hub = self.serve(model_servers.Hub({"org/model": MODEL}, gate=gate))
        agent = self.agent_of(hub.url)
        block = asset(type="HF", target="/models", repo="org/model")
        script = "cat /models/config.json; wc -c < /models/weights/model.bin; touch /models/x 2>/dev/null || echo read-only"
        for i in range(3):
            self.run_job(agent, job(f"many{i}", block, script), "-detach")
        wait_for("a download", hub.downloads)
        wait_for("its progress", lambda: self.listing(agent)[0]["Downloading"])
        gate.set()
        for i in range(3):
            alloc = agent.api.alloc_with_status(f"many{i}", "complete")
            self.assertEqual(agent.api.logs(alloc["ID"], "t"), '{"hidden": 1}\n300000\nread-only\n')
        self.assertEqual(len(hub.downloads()), 2, hub.requests)
        self.assertIn("Downloading Assets", [kind for kind, _ in events(alloc)])
        asked = len(hub.requests)
        self.assertIn("300000", self.run_to_end(agent, "again", job("again", block, script)))
        self.assertEqual(len(hub.requests), asked, hub.requests)
        listed = harness.cli(agent, "asset", "list")
        self.assertIn("HF org/model", listed.out)

    @harness.need_docker
    def test_an_s3_prefix_that_the_task_may_write_to(self):
        harness.busybox_image()
        bucket = self.serve(model_servers.Bucket({"/data/set/a.txt": b"one\n", "/data/set/sub/b.txt": b"two\n"}))
        agent = self.agent_of()
        block = asset(type="S3", target="/set", url=bucket.url + "/data/set/", writable=True)
        script = "cat /set/a.txt /set/sub/b.txt; echo three > /set/sub/c.txt; echo new > /set/a.txt; cat /set/sub/c.txt /set/a.txt"
        for name in ("first", "second"):  # nothing of what the first one wrote
            self.assertEqual(self.run_to_end(agent, name, job(name, block, script)), "one\ntwo\nthree\nnew\n")
        self.assertEqual(len(bucket.downloads()), 2)

    def test_raw_exec_gets_a_link(self):
        hub = self.serve(model_servers.Hub({"org/model": MODEL}))
        agent = self.agent_of(hub.url)
        block = asset(type="HF", target="/models", repo="org/model", files=["config.json"])
        out = self.run_to_end(agent, "raw", job(
            "raw", block, 'cat "$DROVER_ASSET_0/config.json"; cd $NOMAD_TASK_DIR/..; ls models', driver="raw_exec"))
        self.assertEqual(out, '{"hidden": 1}\nconfig.json\n')
        self.assertEqual(len(hub.downloads()), 1)

    def test_goes_on_where_a_killed_agent_stopped(self):
        gate = model_servers.Gate()
        hub = self.serve(model_servers.Hub({"org/model": {"m.bin": MODEL["weights/model.bin"]}}, gate=gate))
        agent = self.agent_of(hub.url)
        block = asset(type="HF", target="/models", repo="org/model")
        self.run_job(agent, job("resumed", block, "sha256sum < $DROVER_ASSET_0/m.bin", driver="raw_exec"), "-detach")
        work = agent.folder / "data/client/assets/work"
        wait_for("half of it", lambda: sum(f.stat().st_size for f in work.rglob("*.part")) >= 150_000)
        agent.kill()
        gate.set()
        agent.start()
        alloc = agent.api.alloc_with_status("resumed", "complete")
        self.assertIn(model_servers.hashlib.sha256(MODEL["weights/model.bin"]).hexdigest(),
                      agent.api.logs(alloc["ID"], "t"))
        self.assertEqual(hub.ranges[-1], 150_000)

    def test_expires_and_makes_room(self):
        repos = {f"org/m{i}": {"m.bin": os.urandom(40_000)} for i in range(3)}
        hub = self.serve(model_servers.Hub(repos))
        agent = self.agent_of(hub.url, 'max_size = "100kB"\nttl = "1h"')
        for i in range(3):
            self.run_to_end(agent, f"j{i}", job(f"j{i}", asset(type="HF", target="/m", repo=f"org/m{i}"), "true",
                                               driver="raw_exec"))
        self.assertEqual(sorted(a["Title"] for a in self.listing(agent)), ["HF org/m1", "HF org/m2"])
        evicted = harness.cli(agent, "asset", "evict", self.listing(agent)[0]["Key"])
        self.assertEqual(evicted.code, 0, evicted)
        self.assertEqual(len(self.listing(agent)), 1)
        brief = self.agent_of(hub.url, 'ttl = "1ms"')
        for name in ("a", "b"):
            self.run_to_end(brief, name, job(name, asset(type="HF", target="/m", repo="org/m0"), "true", driver="raw_exec"))
        self.assertEqual(len([r for r in hub.downloads() if "m0" in r]), 3)

    def test_in_use_stays(self):
        hub = self.serve(model_servers.Hub({"org/model": MODEL}))
        agent = self.agent_of(hub.url, 'ttl = "1ms"')
        block = asset(type="HF", target="/m", repo="org/model")
        self.run_job(agent, job("user", block, "sleep 1000", driver="raw_exec", kind="service"))
        agent.api.running("user")
        key = self.listing(agent)[0]["Key"]
        self.assertIn("in use", harness.cli(agent, "asset", "evict", key).err)
        self.assertEqual(harness.cli(agent, "asset", "evict", "-all").code, 0)
        agent.kill()
        agent.start()
        self.assertEqual(len(wait_for("the asset", lambda: self.listing(agent))[0]["Users"]), 1)
        agent.api.delete("/v1/job/user")
        wait_for("nobody uses it", lambda: not self.listing(agent) or not self.listing(agent)[0]["Users"])

    def test_private_ones_need_their_token(self):
        hub = self.serve(model_servers.Hub({"org/secret": MODEL}, token="hf_right"))
        agent = self.agent_of(hub.url)
        good = asset(type="HF", target="/m", repo="org/secret", access_token="hf_right")
        self.run_to_end(agent, "good", job("good", good, "cat $DROVER_ASSET_0/config.json", driver="raw_exec"))
        for name, keys in (("none", {}), ("wrong", {"access_token": "hf_wrong"})):
            message = self.failure(agent, name, job(name, asset(type="HF", target="/m", repo="org/secret", **keys), "true",
                                                    driver="raw_exec"))
            self.assertIn("401", message)
            self.assertNotIn("hf_", message)
        tree = pathlib.Path(agent.folder / "data/client/assets")
        self.assertEqual((tree / "trees").stat().st_mode & 0o777, 0o711)

    def test_prefetched_by_hand(self):
        hub = self.serve(model_servers.Hub({"org/model": MODEL}))
        agent = self.agent_of(hub.url)
        done = harness.cli(agent, "asset", "prefetch", "hf", "org/model")
        self.assertEqual(done.code, 0, done)
        asked = len(hub.requests)
        self.run_to_end(agent, "warm", job("warm", asset(type="HF", target="/m", repo="org/model"), "true",
                                           driver="raw_exec"))
        self.assertEqual(len(hub.requests), asked)
        missing = harness.cli(agent, "asset", "prefetch", "hf", "org/other")
        self.assertEqual(missing.code, 1)
        self.assertIn("404", missing.err)


if __name__ == "__main__":
    unittest.main()
