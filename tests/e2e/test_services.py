"""Services and their checks: addresses, kinds of checks, restarts, disk limits."""
import unittest

from harness import E2eTest, cli, group_job, need_root, shell_task, wait_for

SERVE = """exec /usr/bin/python3 -c "
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == '/new' else 302)
        self.send_header('Location', 'http://169.254.169.254/' if self.path == '/away' else '/new')
        self.end_headers()
        self.wfile.write(self.headers.get('X-Word', '').encode())
    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0))).decode()
        with open(os.environ['NOMAD_TASK_DIR'] + '/requests', 'a') as requests:
            requests.write(self.requestline + ' ' + body + chr(10))
        self.send_response(200)
        self.end_headers()
    def log_message(self, *words):
        pass
http.server.HTTPServer(('127.0.0.1', int(os.environ['NOMAD_PORT_http'])), Handler).serve_forever()
" """


def job(name, script, service, *, group=""):
    network = 'network {\nport "http" {}\n}'
    return group_job(name, shell_task("t", script, memory=32, more=service), restart='attempts = 5\ndelay = "1s"',
                     group=f"{group}\n{network}")


def service(*checks):
    blocks = "".join(f'check {{\n interval = "1s"\n timeout = "1s"\n{check}\n}}\n' for check in checks)
    return f"""service {{
      name = "shop-${{NOMAD_GROUP_NAME}}"
      port = "http"
      tags = ["${{node.datacenter}}"]
      meta {{
        owner = "${{NOMAD_JOB_NAME}}"
      }}
      {blocks}
    }}"""


@need_root
class Services(E2eTest):
    def test_a_service_is_found_with_its_tags_and_its_health(self):
        agent = self.single()
        checks = ('\n type = "http"\n path = "/health"\n method = "PUT"\n body = "are you well?"\n',
                  '\n type = "script"\n command = "/bin/sh"\n args = ["-c", "exit 0"]\n')
        done = self.run_job(agent, job("shop", SERVE, service(*checks)), "-detach")
        self.assertEqual(done.code, 0, done)
        found = wait_for("a healthy service", lambda: [s for s in agent.api.get("/v1/service/shop-g")
                                                       if s.get("Health") == "passing"])
        self.assertEqual((found[0]["Tags"], found[0]["Meta"]), (["dc1"], {"owner": "shop"}))
        alloc = agent.api.running("shop")[0]
        requests = agent.api.raw("GET", f"/v1/client/fs/cat/{alloc['ID']}?path=t/local/requests")[1].decode()
        self.assertIn("PUT /health HTTP/1.1", requests)
        self.assertIn("are you well?", requests)
        agent.api.delete("/v1/job/shop")
        wait_for("the service to be gone", lambda: agent.api.get("/v1/service/shop-g") == [] or None)

    def test_every_kind_of_result_is_told_apart(self):
        agent = self.single()
        checks = {
            "warns": 'type = "script"\n command = "/bin/sh"\n args = ["-c", "echo ${NOMAD_TASK_NAME}; exit 1"]\n on_update = "ignore_warnings"',
            "redirected": 'type = "http"\n path = "/old"\n header {\n X-Word = ["${NOMAD_JOB_NAME}"]\n }',
            "moves away": 'type = "http"\n path = "/away"\n on_update = "ignore"',
            "patient": 'type = "http"\n path = "/away"\n initial_status = "passing"\n failures_before_critical = 1000',
            "cautious": 'type = "tcp"\n success_before_passing = 1000\n on_update = "ignore"',
            "secured": 'type = "http"\n path = "/"\n protocol = "https"\n tls_skip_verify = true\n on_update = "ignore"'}
        text = job("kinds", SERVE, service(*(f'name = "{name}"\n{check}\n' for name, check in checks.items())),
                   group='update {\n min_healthy_time = "1s"\n}')
        done = self.run_job(agent, text, "-detach")
        self.assertEqual(done.code, 0, done)
        deployment = wait_for("a deployment that is done", lambda: [
            d for d in agent.api.get("/v1/job/kinds/deployments") if d["Status"] == "successful"])
        self.assertEqual(deployment[0]["TaskGroups"]["g"]["HealthyAllocs"], 1)
        alloc = agent.api.running("kinds")[0]["ID"]

        def results():
            found = {check["Check"]: check for check in agent.api.get(f"/v1/allocation/{alloc}")["Checks"]}
            return len(found) == len(checks) and all(check["Output"] for check in found.values()) and found
        found = wait_for("results", results)
        self.assertIn("200 Output: kinds", found["redirected"]["Output"])
        self.assertIn("redirected to another host", found["moves away"]["Output"])
        self.assertEqual(found["warns"]["Output"], "t\n")
        self.assertEqual({name: check["Status"] for name, check in found.items()},
                         {"warns": "warning", "redirected": "passing", "moves away": "critical", "patient": "passing",
                          "cautious": "critical", "secured": "critical"})

    def test_a_sick_task_is_restarted(self):
        agent = self.single()
        check = '\n type = "script"\n command = "/bin/sh"\n args = ["-c", "exit 2"]\n check_restart {\n limit = 2\n grace = "0s"\n }\n'
        self.run_job(agent, job("sick", "exec sleep 600", service(check)), "-detach")
        state = wait_for("a restart", lambda: (s := agent.api.allocs("sick")[0]["TaskStates"]["t"]) and s["Restarts"] and s)
        self.assertIn("unhealthy", str([e["DisplayMessage"] for e in state["Events"]]))

    def test_a_service_of_the_group_restarts_the_task_that_its_check_names(self):
        agent = self.single()
        check = """service {
          name = "front"
          port = "http"
          check_restart {
            limit = 2
            grace = "0s"
          }
          check {
            type = "script"
            task = "sick"
            command = "/bin/false"
            interval = "1s"
            timeout = "1s"
          }
        }
        network {
          port "http" {}
        }"""
        tasks = [shell_task(name, "exec sleep 600") for name in ("sick", "well")]
        self.run_job(agent, group_job("front", *tasks, restart='attempts = 5\ndelay = "1s"', group=check), "-detach")
        wait_for("a restart", lambda: agent.api.allocs("front")[0]["TaskStates"]["sick"]["Restarts"])
        self.assertEqual(agent.api.allocs("front")[0]["TaskStates"]["well"]["Restarts"], 0)
        self.assertEqual(agent.api.get("/v1/service/front")[0]["Health"], "warning")

    def test_a_service_is_gone_before_its_task_is_told_to_end(self):
        agent = self.single()
        text = job("slow", "exec sleep 600", service()).replace('task "t" {', 'task "t" {\nshutdown_delay = "1h"')
        self.run_job(agent, text, "-detach")
        wait_for("the service", lambda: agent.api.get("/v1/service/shop-g"))
        agent.api.running("slow")
        agent.api.delete("/v1/job/slow")
        wait_for("the service to be gone", lambda: agent.api.get("/v1/service/shop-g") == [] or None)
        alloc = agent.api.allocs("slow")[0]
        self.assertEqual(alloc["TaskStates"]["t"]["State"], "running")
        stopped = cli(agent, "alloc", "stop", "-no-shutdown-delay", "-detach", alloc["ID"])
        self.assertEqual(stopped.code, 0, stopped)
        agent.api.alloc_with_status("slow", "complete")

    def test_a_task_that_fills_its_disk_is_ended(self):
        agent = self.single()
        text = job("full", "head -c 12000000 /dev/zero > $NOMAD_TASK_DIR/x; exec sleep 600", "",
                   group='ephemeral_disk {\n size = 10\n }\n reschedule {\n attempts = 0\n unlimited = false\n }')
        text = text.replace("resources {", 'logs {\n max_files = 1\n max_file_size = 1\n }\n resources {')
        done = self.run_job(agent, text, "-detach")
        self.assertEqual(done.code, 0, done)
        alloc = agent.api.alloc_with_status("full", "failed")
        self.assertIn("Disk Resources Exceeded", [e["Type"] for e in alloc["TaskStates"]["t"]["Events"]])


if __name__ == "__main__":
    unittest.main()
