"""GPUs, with a library in the place of NVIDIA's that the tests build: shown, granted, measured, lost."""
import json
import pathlib

import harness
from harness import DROVER, E2eTest, cli, docker, group_job, need_root, shell_task, wait_for

LIBRARY = pathlib.Path(DROVER).resolve().parent / "tests/fake_nvml/libdrover_fake_nvml.so"
FIRST = ("gpu uuid=GPU-1 name=Tesla_T4 memory_mib=15360 used_mib=1024 bus=00000000:01:00.0 minor=0 compute=7.5 "
         "limit_mw=70000 power_mw=30500 temperature=41 busy=17\n")
SECOND = "gpu uuid=GPU-2 name=A100 memory_mib=81920 bus=00000000:02:00.0 minor=1\n"


def job(name, device, *, driver="raw_exec", script="env; sleep 600", count=1, config=""):
    return group_job(name, shell_task("t", script, driver=driver, config=config, memory=32, resources=device),
                     group=f"count = {count}")


class Gpu(E2eTest):
    def start(self, more=""):
        self.gpus = pathlib.Path(f"/tmp/drover-e2e-gpus-{id(self)}")
        self.addCleanup(self.gpus.unlink, missing_ok=True)
        self.tell(FIRST + SECOND)
        # The agent hands its environment on, and so the file's name.
        harness.os.environ["DROVER_FAKE_NVML"] = str(self.gpus)
        self.addCleanup(harness.os.environ.pop, "DROVER_FAKE_NVML")
        return self.single(extra=f"""
            plugin "nomad-device-nvidia" {{
              config {{
                library = "{LIBRARY}"
                fingerprint_period = "1s"
                {more}
              }}
            }}""")

    def tell(self, gpus):
        fresh = self.gpus.with_suffix(".new")
        fresh.write_text("driver 535.183.01 12020\n" + gpus)
        fresh.rename(self.gpus)

    def node(self, agent):
        return agent.api.get("/v1/node/" + agent.api.get("/v1/nodes")[0]["ID"])

    def environment(self, agent, name):
        alloc = agent.api.running(name)[0]["ID"]
        output = wait_for("output", lambda: agent.api.logs(alloc, "t"))
        return dict(line.split("=", 1) for line in output.splitlines() if "=" in line)

    def test_a_task_gets_the_gpu_that_it_asks_for(self):
        agent = self.start()
        devices = self.node(agent)["NodeResources"]["Devices"]
        self.assertEqual([d["Name"] for d in devices], ["A100", "Tesla T4"])
        self.assertEqual(devices[0]["Attributes"]["memory"], {"Int": 81920, "Unit": "MiB"})
        self.run_job(agent, job("big", """
            device "nvidia/gpu" {
              constraint {
                attribute = "${device.attr.memory}"
                operator = ">="
                value = "40 GiB"
              }
            }"""))
        env = self.environment(agent, "big")
        self.assertEqual((env["NVIDIA_VISIBLE_DEVICES"], env["CUDA_VISIBLE_DEVICES"]), ("GPU-2", "GPU-2"))
        self.run_job(agent, job("none", 'device "nvidia/gpu" { count = 3 }'), "-detach")
        wait_for("an explanation", lambda: "wants 3 of" in cli(agent, "job", "explain", "none").out)

    def test_what_gpus_do_is_shown(self):
        agent = self.start()
        self.run_job(agent, job("one", 'device "nvidia/gpu/Tesla T4" {}'))
        alloc = agent.api.running("one")[0]["ID"]
        usage = agent.api.get(f"/v1/client/allocation/{alloc}/stats")["Tasks"]["t"]["ResourceUsage"]["DeviceStats"][0]
        self.assertEqual((usage["Vendor"], usage["Type"], usage["Name"]), ("nvidia", "gpu", "Tesla T4"))
        stats = usage["InstanceStats"]["GPU-1"]
        self.assertEqual((stats["Summary"]["IntNumeratorVal"], stats["Summary"]["IntDenominatorVal"]), (1024, 15360))
        self.assertEqual(stats["Stats"]["Attributes"]["Temperature"]["IntNumeratorVal"], 41)
        self.assertEqual(len(agent.api.get("/v1/client/stats")["DeviceStats"]), 2)
        self.assertIn("1024 / 15360 MiB", cli(agent, "alloc", "status", alloc).out)
        self.assertIn("GPU utilization", cli(agent, "alloc", "status", "-stats", alloc).out)
        shown = cli(agent, "node", "status", "-self", "-stats").out
        self.assertIn("nvidia/gpu/Tesla T4[GPU-1]", shown)
        self.assertIn("Disk Stats", shown)

    def test_a_lost_gpu_is_said_and_not_given(self):
        agent = self.start()
        self.tell(FIRST.replace("gpu ", "gpu lost=1 ") + SECOND)

        def lost():
            for group in self.node(agent)["NodeResources"]["Devices"]:
                for instance in group["Instances"]:
                    if instance["ID"] == "GPU-1" and not instance["Healthy"]:
                        return instance["HealthDescription"]
        self.assertEqual(wait_for("the loss", lost), "the GPU has fallen off the bus")
        self.run_job(agent, job("one", 'device "nvidia/gpu/Tesla T4" {}'), "-detach")
        wait_for("the reason", lambda: "fallen off the bus" in cli(agent, "job", "explain", "one").out)
        self.tell(FIRST + SECOND)
        agent.api.running("one")

    def test_tasks_share_gpus_where_the_operator_says_so(self):
        agent = self.start("tasks_per_gpu = 2\nignored_gpu_ids = [\"GPU-2\"]")
        self.run_job(agent, job("pair", 'device "gpu" {}', count=2))
        allocs = agent.api.running("pair", 2)
        for alloc in allocs:
            wait_for("its GPU", lambda: "NVIDIA_VISIBLE_DEVICES=GPU-1\n" in agent.api.logs(alloc["ID"], "t"))

    @need_root
    def test_an_exec_task_gets_its_gpu(self):
        agent = self.start()
        self.run_job(agent, job("box", 'device "nvidia/gpu/A100" {}', driver="exec",
                                script="env; sleep 600"))
        env = self.environment(agent, "box")
        self.assertEqual(env["NVIDIA_VISIBLE_DEVICES"], "GPU-2")

    @need_root
    @harness.need_docker
    def test_docker_is_asked_for_the_granted_gpus_alone(self):
        harness.busybox_image()
        agent = self.start()
        config = 'image = "busybox:1"'
        self.run_job(agent, job("plain", "", driver="docker", config=config))
        self.assertEqual(self.environment(agent, "plain")["NVIDIA_VISIBLE_DEVICES"], "void")
        if "nvidia" in docker("info", "--format", "{{json .Runtimes}}").stdout:
            self.skipTest("this engine has NVIDIA's runtime, which would look for the GPU")
        definition = agent.folder / "model.json"
        definition.write_text(json.dumps({
            "version": "0.1", "type": "container",
            "meta": {"trigger": "cli", "system_requirements": {"required_vram": 40, "required_cuda": ["12.0", "12.8"]}},
            "ops": [{"type": "container/run", "id": "t", "args": {"image": "busybox:1", "cmd": "env", "gpu": True}}]}))
        cli(agent, "job", "run", str(definition))
        failed = agent.api.alloc_with_status("model", "failed")
        self.assertIn("GPU-2", json.dumps(agent.api.get(f"/v1/allocation/{failed['ID']}")["AllocatedResources"]))
        events = json.dumps(failed["TaskStates"])
        self.assertIn("install the NVIDIA Container Toolkit", events)
