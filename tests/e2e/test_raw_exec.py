"""Plain processes: output, exit codes, restarts, environment, ports, stopping."""
import os
import unittest

import harness
from harness import E2eTest, group_job, need_root, shell_task, wait_for


def batch(name, script, *, more="", task_more="", group_more=""):
    return group_job(name, shell_task("t", script, more=task_more), kind="batch", more=more, group=group_more)


@need_root
class RawExec(E2eTest):
    def test_output_and_exit_codes_are_kept(self):
        agent = self.single()
        self.assertEqual(self.run_job(agent, batch("ok", "echo out; echo err >&2")).code, 0)
        alloc = agent.api.alloc_with_status("ok", "complete")
        self.assertEqual(agent.api.logs(alloc["ID"], "t"), "out\n")
        self.assertEqual(agent.api.logs(alloc["ID"], "t", "stderr"), "err\n")
        self.run_job(agent, batch("bad", "exit 7"), "-detach")
        alloc = agent.api.alloc_with_status("bad", "failed")
        events = alloc["TaskStates"]["t"]["Events"]
        self.assertTrue(any(e["Type"] == "Terminated" and e["Details"]["exit_code"] == "7" for e in events), events)

    def test_the_environment_is_nomads(self):
        agent = self.single()
        self.run_job(agent, batch("env", "env | sort", task_more="""
            env { GREETING = "hi from ${NOMAD_JOB_NAME} on ${node.unique.name}" }
            meta { flavour = "sweet" }""", more='meta { owner = "me" }'))
        alloc = agent.api.alloc_with_status("env", "complete")
        env = dict(line.split("=", 1) for line in agent.api.logs(alloc["ID"], "t").splitlines() if "=" in line)
        self.assertEqual(env["NOMAD_ALLOC_ID"], alloc["ID"])
        self.assertEqual(env["NOMAD_ALLOC_NAME"], "env.g[0]")
        self.assertEqual(env["NOMAD_TASK_NAME"], "t")
        self.assertEqual(env["NOMAD_META_flavour"], "sweet")
        self.assertEqual(env["NOMAD_META_OWNER"], "me")
        self.assertEqual(env["NOMAD_MEMORY_LIMIT"], "16")
        self.assertEqual(env["GREETING"], f"hi from env on {agent.folder.name}")
        self.assertTrue(os.path.isabs(env["NOMAD_TASK_DIR"]))

    def test_a_failing_task_restarts_as_its_policy_says(self):
        agent = self.single()
        job = batch("flaky", "echo run; exit 1").replace("attempts = 0", 'attempts = 2\ninterval = "1m"\ndelay = "100ms"')
        self.run_job(agent, job, "-detach")
        alloc = agent.api.alloc_with_status("flaky", "failed")
        self.assertEqual(alloc["TaskStates"]["t"]["Restarts"], 2)
        self.assertEqual(agent.api.logs(alloc["ID"], "t"), "run\n" * 3)

    def test_stopping_signals_and_then_kills(self):
        agent = self.single()
        job = batch("stubborn", "trap 'echo got INT' INT; while true; do sleep 0.1; done",
                    task_more='kill_timeout = "300ms"').replace('type = "batch"', 'type = "service"')
        self.assertEqual(self.run_job(agent, job).code, 0)
        alloc = agent.api.running("stubborn")[0]
        result = harness.cli(agent, "job", "stop", "stubborn")
        self.assertEqual(result.code, 0, result)
        done = agent.api.alloc_with_status("stubborn", "complete")
        self.assertIn("got INT", agent.api.logs(alloc["ID"], "t"))
        self.assertIn("Killed", [e["Type"] for e in done["TaskStates"]["t"]["Events"]])
        self.assertFalse(harness.subprocess.run(["pgrep", "-f", "got INT"], capture_output=True, check=False).stdout)

    def test_logs_are_followed_and_cut(self):
        agent = self.single()
        self.run_job(agent, batch("talk", "for i in $(seq 50); do echo line $i; done"))
        alloc = agent.api.alloc_with_status("talk", "complete")
        self.assertEqual(harness.cli(agent, "alloc", "logs", "-tail", "-n", "2", alloc["ID"], "t").out,
                         "line 49\nline 50\n")
        self.assertEqual(harness.cli(agent, "alloc", "logs", "-job", "talk").out.count("\n"), 50)
        listing = agent.api.get(f"/v1/client/fs/ls/{alloc['ID']}?path=/alloc/logs")
        self.assertEqual(sorted(f["Name"] for f in listing), ["t.stderr.0", "t.stdout.0"])
        with self.assertRaises(harness.ApiError):
            agent.api.raw("GET", f"/v1/client/fs/cat/{alloc['ID']}?path=/../../../../etc/passwd")

    def test_blocked_work_runs_as_soon_as_there_is_room(self):
        agent = self.single(extra="client { cpu_total_compute = 1000 }")
        service = batch("first", "sleep 1000").replace('"batch"', '"service"').replace("cpu = 20", "cpu = 900")
        self.assertEqual(self.run_job(agent, service).code, 0)
        result = self.run_job(agent, service.replace('"first"', '"second"'))
        self.assertEqual(result.code, 2, result)
        self.assertIn('Dimension "cpu" exhausted on 1 node', result.out)
        harness.cli(agent, "job", "stop", "-detach", "first")
        agent.api.running("second")

    def test_a_missing_driver_is_explained(self):
        agent = self.single()
        result = self.run_job(agent, batch("java", "true").replace('"raw_exec"', '"java"'))
        self.assertNotEqual(result.code, 0, result)
        self.assertIn("java", result.out + result.err)

    def test_script_and_http_checks_show_their_state_and_restart_the_task(self):
        agent = self.single()
        job = batch("checked", "rm -f ok; touch ok; sleep 2; rm ok; sleep 1000", task_more="""
          service {
            name = "checked"
            port = "http"
            check {
              type = "script"
              name = "file"
              command = "/bin/sh"
              args = ["-c", "test -f ok && echo present"]
              interval = "1s"
              timeout = "1s"
              check_restart {
                limit = 1
                grace = "1s"
              }
            }
          }""").replace('"batch"', '"service"').replace("attempts = 0", 'attempts = 3\ninterval = "5m"\ndelay = "100ms"')
        job = job.replace("memory = 16", 'memory = 16\nnetwork {\n port "http" {}\n}')
        self.assertEqual(self.run_job(agent, job).code, 0)
        alloc = agent.api.running("checked")[0]
        wait_for("the check to pass", lambda: any(c["Status"] == "passing" and "present" in c["Output"] for c in
                                                  agent.api.get(f"/v1/allocation/{alloc['ID']}")["Checks"]))
        wait_for("the restart", lambda: agent.api.get(f"/v1/allocation/{alloc['ID']}")["TaskStates"]["t"]["Restarts"] >= 1)


if __name__ == "__main__":
    unittest.main()
