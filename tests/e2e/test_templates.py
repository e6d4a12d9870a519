"""Templates: files and environments that follow other jobs, and what they must not reach (cases.md 57)."""
import os
import pathlib
import unittest

import harness
from harness import E2eTest, group_job, need_root, shell_task, wait_for


def service(name, script, *, task_more="", group_more=""):
    return group_job(name, shell_task("t", script, more=task_more), group=group_more)


def template(data, destination, blocks="", **keys):
    lines = "\n".join(f"{key} = {harness.json.dumps(value)}" for key, value in keys.items()) + "\n" + blocks
    return f"""template {{
      data = {harness.json.dumps(data)}
      destination = "{destination}"
      splay = "0s"
      {lines}
    }}"""


API = service("api", "exec sleep 600", group_more='network { port "http" {} }',
              task_more='service {\n name = "api"\n port = "http"\n provider = "nomad"\n }')
LIST = '{{ range nomadService "api" }}{{ .Address }}:{{ .Port }}\n{{ end }}'


@need_root
class Templates(E2eTest):
    def file(self, agent, job, path):
        alloc = agent.api.allocs(job)[0]["ID"]
        return agent.api.raw("GET", f"/v1/client/fs/cat/{alloc}?path=t/{path}")[1].decode()

    def events(self, agent, job):
        state = agent.api.allocs(job)[0]["TaskStates"]["t"]
        return [f"{event['Type']}: {event['DisplayMessage']}" for event in state["Events"]]

    def test_files_follow_the_services_of_another_job(self):
        agent = self.single()
        env = template("APIS={{ len (nomadService \"api\") }}\nWHO={{ env \"NOMAD_TASK_NAME\" }}\n", "secrets/env", env=True)
        self.run_job(agent, service("restarted", "echo $APIS $WHO; exec sleep 600", task_more=env))
        self.run_job(agent, service("signalled",
                                    "trap 'cp local/apis local/seen' USR1; touch local/up; while :; do sleep 0.05; done",
                                    task_more=template(LIST, "local/apis", change_mode="signal", change_signal="SIGUSR1")))
        restarted = agent.api.running("restarted")[0]["ID"]
        agent.api.running("signalled")
        wait_for("the first output", lambda: agent.api.logs(restarted, "t") == "0 t\n")
        wait_for("the trap", lambda: self.file(agent, "signalled", "local/up") == "")
        self.assertEqual(self.file(agent, "signalled", "local/apis"), "")

        self.run_job(agent, API)
        api = wait_for("the service", lambda: agent.api.get("/v1/service/api"))[0]
        address = f"{api['Address']}:{api['Port']}\n"
        wait_for("the new address", lambda: self.file(agent, "signalled", "local/seen") == address)
        wait_for("the restart", lambda: agent.api.logs(restarted, "t") == "0 t\n1 t\n")
        for job, event in (("signalled", "Signaling: Template re-rendered"),
                           ("restarted", "Restart Signaled: Template with change_mode restart re-rendered")):
            wait_for(event, lambda job=job, event=event: event in self.events(agent, job))
        self.assertEqual(agent.api.allocs("signalled")[0]["TaskStates"]["t"]["Restarts"], 0)

    def test_services_are_chosen_grouped_and_named(self):
        agent = self.single()
        self.run_job(agent, service("three", "exec sleep 600", group_more='count = 3\nnetwork { port "http" {} }',
                                    task_more='service {\n name = "three"\n port = "http"\n tags = ["a", "n${NOMAD_ALLOC_INDEX}"]\n }'))
        wait_for("three instances", lambda: len(agent.api.get("/v1/service/three")) == 3)
        chosen = ('{{ range nomadService 2 (env "NOMAD_ALLOC_ID") "three" }}{{ .Port }} {{ end }}|'
                  '{{ range $tag, $all := nomadService "three" | byTag }}{{ $tag }}={{ len $all }} {{ end }}|'
                  '{{ range nomadServices }}{{ .Name }}:{{ .Tags | join "," }} {{ end }}')
        self.run_job(agent, service("reader", "exec sleep 600", task_more=template(chosen, "local/chosen")))
        ports, tags, names = self.file(agent, "reader", "local/chosen").split("|")
        alloc = agent.api.running("reader")[0]["ID"]
        same = agent.api.get(f"/v1/service/three?choose=2%7C{alloc}")
        self.assertEqual(ports.split(), [str(instance["Port"]) for instance in same])
        self.assertEqual((len(set(ports.split())), tags, names), (2, "a=3 n0=1 n1=1 n2=1 ", "three:a,n0,n1,n2 "))

    def test_keys_of_the_block(self):
        agent = self.single()
        blocks = (template("[[ env \"NOMAD_TASK_NAME\" ]]{{ }}", "local/delimited", left_delimiter="[[", right_delimiter="]]"),
                  template("secret", "secrets/deep/owned", perms="0440", uid=65534, gid=1234, change_mode="noop"),
                  template('{{ file "local/changes" }}', "local/once", once=True, change_mode="noop"),
                  template('{{ file "local/changes" }}', "local/often", change_mode="noop", blocks='wait {\n min = "1s"\n max = "2s"\n}'),
                  template('{{ with parseJSON "{}" }}{{ .there }}{{ else }}empty{{ end }}', "local/missing", error_on_missing_key=False))
        script = 'cat local/delimited; stat -c "%a %u %g" secrets/deep/owned; cat local/missing; exec sleep 600'
        changes = template("first", "local/changes", change_mode="noop")
        self.run_job(agent, service("keys", script, task_more=changes + "\n" + "\n".join(blocks)))
        alloc = agent.api.running("keys")[0]["ID"]
        wait_for("output", lambda: agent.api.logs(alloc, "t") == "t{{ }}440 65534 1234\nempty")
        wrote = harness.cli(agent, "alloc", "exec", "-t=false", alloc, "/bin/sh", "-c", "echo second > local/changes")
        self.assertEqual(wrote.code, 0, wrote)
        wait_for("the change", lambda: self.file(agent, "keys", "local/often") == "second\n")
        self.assertEqual(self.file(agent, "keys", "local/once"), "first")
        strict = template('{{ with parseJSON "{\\"a\\": 1}" }}{{ .there }}{{ end }}', "local/x", error_on_missing_key=True)
        self.run_job(agent, group_job("strict", shell_task("t", "true", more=strict), kind="batch", group=harness.NO_RESCHEDULING), "-detach")
        agent.api.alloc_with_status("strict", "failed")
        self.assertIn("there", str(self.events(agent, "strict")))

    def test_a_new_agent_leaves_tasks_alone_whose_files_stay_the_same(self):
        agent = self.single()
        self.run_job(agent, API)
        agent.api.running("api")
        self.run_job(agent, service("user", "echo start; exec sleep 600", task_more=template(LIST, "local/apis")))
        alloc = agent.api.running("user")[0]["ID"]
        before = self.file(agent, "user", "local/apis")
        agent.kill()
        agent.start()
        agent.wait_nodes(1)
        # A change is heard of, so the template was rendered before, without one.
        agent.api.delete("/v1/job/api")
        wait_for("the service to be gone", lambda: self.file(agent, "user", "local/apis") == "")
        wait_for("the restart", lambda: agent.api.logs(alloc, "t") == "start\n" * 2)
        self.assertNotEqual(before, "")

    def test_case_57_nothing_outside_the_task_is_read_or_written(self):
        os.environ["DROVER_E2E_CANARY"] = "of the agent"
        self.addCleanup(os.environ.pop, "DROVER_E2E_CANARY")
        agent = self.single()
        victim = pathlib.Path(agent.folder, "victim")
        victim.write_text("precious")
        for name, block in {
                "read": template('{{ file "/etc/passwd" }}', "local/x"),
                "climb": template('{{ file "../../../../../../../../etc/passwd" }}', "local/x"),
                "write": template("x", "${NOMAD_META_up}/victim"),
                "run": template('{{ plugin "/bin/id" }}', "local/x"),
                "consul": template('{{ key "a" }}', "local/x"),
                "names": template('{{ getHostByName "localhost" }}', "local/x"),
                "endless": template("{{ range loop 1000000000 }}{{ . }}{{ end }}", "local/x"),
                "recursion": template('{{ define "a" }}{{ executeTemplate "a" }}{{ end }}{{ executeTemplate "a" }}', "local/x"),
                "larger": template('{{ $x := "x" }}{{ range loop 60 }}{{ $x = printf "%s%s" $x $x }}{{ end }}{{ $x }}', "local/x"),
        }.items():
            up = "../" * 12 + str(agent.folder)
            job = service(name, "exec sleep 600", task_more=block + f'\nmeta {{ up = "{up}" }}')
            self.run_job(agent, job, "-detach")
            agent.api.alloc_with_status(name, "failed")
            self.assertTrue(any("Template failed: " in event for event in self.events(agent, name)),
                            self.events(agent, name))
        self.assertEqual(victim.read_text(), "precious")
        script = 'echo "<$DROVER_E2E_CANARY>"; exec sleep 600'
        self.run_job(agent, service("env", script, task_more=template('<{{ env "DROVER_E2E_CANARY" }}>', "local/x")), "-detach")
        alloc = agent.api.running("env")[0]["ID"]
        self.assertEqual(self.file(agent, "env", "local/x"), "<>")
        wait_for("the task's view", lambda: agent.api.logs(alloc, "t") == "<>\n")


if __name__ == "__main__":
    unittest.main()
