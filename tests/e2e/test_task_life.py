"""The life of tasks: lifecycle hooks, restarts, signals and commands on request, what happens without servers."""
import os
import pty
import select
import subprocess
import time
import unittest

from harness import DROVER, E2eTest, cli, group_job, need_root, shell_task, wait_for


def task(name, script, more=""):
    return shell_task(name, script, more=more)


def hook(when, sidecar=False):
    return f'lifecycle {{\n hook = "{when}"\n sidecar = {str(sidecar).lower()}\n }}'


def note(name, then="true"):
    return f'echo {name} >> "$NOMAD_ALLOC_DIR/data/order"; {then}'


SLEEP = "exec sleep 600"


@need_root
class TaskLife(E2eTest):
    def order(self, agent, alloc):
        return agent.api.raw("GET", f"/v1/client/fs/cat/{alloc['ID']}?path=alloc/data/order")[1].decode().split()

    def state(self, agent, alloc, name):
        return (agent.api.get(f"/v1/allocation/{alloc['ID']}")["TaskStates"] or {})[name]

    def wait_state(self, agent, alloc, name, **wanted):
        def look():
            state = self.state(agent, alloc, name)
            if any(state[key] != value for key, value in wanted.items()):
                raise ValueError(state)
            return state
        return wait_for(f"{name} to be {wanted}", look)

    def test_hooks_run_in_their_places_also_when_the_job_is_stopped_and_the_agent_restarts(self):
        agent = self.single()
        text = group_job("hooks", task("main", note("main", SLEEP)), task("before", note("before"), hook("prestart")),
                   task("beside", SLEEP, hook("prestart", True)), task("after", note("after"), hook("poststart")),
                   task("last", note("last", "sleep 2"), hook("poststop")))
        self.assertEqual(self.run_job(agent, text, "-detach").code, 0)
        alloc = agent.api.running("hooks")[0]
        self.wait_state(agent, alloc, "after", State="dead", Failed=False)
        self.wait_state(agent, alloc, "beside", State="running")
        agent.kill()
        agent.start()
        agent.wait_nodes(1)
        self.wait_state(agent, alloc, "main", State="running")
        self.assertEqual(cli(agent, "job", "stop", "-detach", "hooks").code, 0)
        self.wait_state(agent, alloc, "last", State="running")
        agent.kill()  # while the poststop task runs
        agent.start()
        self.wait_state(agent, alloc, "last", State="dead", Failed=False)
        wait_for("the allocation's end", lambda: agent.api.get(f"/v1/allocation/{alloc['ID']}")["ClientStatus"] == "complete")
        self.assertEqual(self.order(agent, alloc), ["before", "main", "after", "last"])

    def test_restart_signal_and_exec(self):
        agent = self.single()
        self.run_job(agent, group_job("web", task("a", "trap 'echo got it' USR1; while :; do sleep 0.05; done"), task("b", SLEEP)),
                     "-detach")
        alloc = agent.api.running("web")[0]
        short = alloc["ID"][:8]
        for name in ("a", "b"):
            self.wait_state(agent, alloc, name, State="running")

        self.assertEqual(cli(agent, "alloc", "restart", short, "b").code, 0)
        state = self.wait_state(agent, alloc, "b", State="running", Restarts=1)
        self.assertIn("Restart Signaled", [event["Type"] for event in state["Events"]])
        self.assertEqual(self.state(agent, alloc, "a")["Restarts"], 0)
        refused = cli(agent, "alloc", "restart", short, "c")
        self.assertEqual(refused.code, 1)
        self.assertIn('"c"', refused.err)

        self.assertEqual(cli(agent, "alloc", "signal", "-s", "SIGUSR1", short, "a").code, 0)
        wait_for("the signal's trace", lambda: "got it" in agent.api.logs(alloc["ID"], "a"))

        def run(*words, **kwargs):
            return cli(agent, "alloc", "exec", "-task", "a", short, *words, **kwargs)
        shown = run("/bin/sh", "-c", "cat; echo $NOMAD_TASK_NAME; echo oops >&2; exit 9", stdin="typed\n")
        self.assertEqual((shown.code, shown.out, shown.err), (9, "typed\na\n", "oops\n"))
        big = "x" * 3_000_000
        self.assertEqual(len(run("/bin/cat", stdin=big).out), len(big))
        missing = run("/no/such/program")
        self.assertEqual(missing.code, 1)
        self.assertIn("/no/such/program", missing.err)
        unnamed = cli(agent, "exec", short, "ls")
        self.assertEqual(unnamed.code, 1)
        self.assertIn("* a", unnamed.err)

    def test_exec_with_a_terminal(self):
        agent = self.single()
        self.run_job(agent, group_job("web", task("t", SLEEP)), "-detach")
        alloc = agent.api.running("web")[0]
        master, slave = pty.openpty()
        subprocess.run(["stty", "rows", "33", "cols", "99"], stdin=slave, check=True)
        process = subprocess.Popen([DROVER, "alloc", "exec", alloc["ID"], "/bin/sh"], stdin=slave, stdout=slave, stderr=slave,
                                   env={"PATH": os.environ["PATH"], "DROVER_ADDR": agent.api.url, "PS1": "> "})
        os.close(slave)
        seen = ""

        def expect(text):
            nonlocal seen
            end = time.monotonic() + 10
            while text not in seen:
                ready, _, _ = select.select([master], [], [], max(0, end - time.monotonic()))
                self.assertTrue(ready, seen)
                seen += os.read(master, 4096).decode(errors="replace")
            seen = seen.split(text, 1)[1]
        os.write(master, b"tty; stty size; echo rea''dy\r")
        expect("/dev/pts/")
        expect("33 99")
        expect("ready")
        os.write(master, b"sleep 98765\r")
        wait_for("the sleep", lambda: subprocess.run(["pgrep", "-f", "sleep 98765$"], capture_output=True, check=False).stdout)
        os.write(master, b"\x03")  # Ctrl-C is for the command, not for drover; the terminal drops what was typed before it
        expect("^C")
        os.write(master, b"echo al''ive\r")
        expect("alive")
        os.write(master, b"~.")
        self.assertEqual(process.wait(timeout=10), 1)
        os.close(master)
        wait_for("the shell's end", lambda: not subprocess.run(
            ["pgrep", "-f", "sleep 98765$"], capture_output=True, check=False).stdout)

    def test_a_node_without_servers_stops_what_is_not_to_run_there(self):
        server = self.start_agent(client=False)
        client = self.start_agent(server=False, servers=[server.rpc])
        server.wait_nodes(1)
        group = 'disconnect {\n stop_on_client_after = "1s"\n }'
        server_job = group_job("alone", task("t", f'echo $$ > "$NOMAD_ALLOC_DIR/data/pid"; {SLEEP}'), group=group)
        self.assertEqual(self.run_job(server, server_job, "-detach").code, 0)
        alloc = server.api.running("alone")[0]
        pid = int(server.api.raw("GET", f"/v1/client/fs/cat/{alloc['ID']}?path=alloc/data/pid")[1])
        ran = cli(server, "alloc", "exec", alloc["ID"], "/bin/true")  # over the node's stream
        self.assertEqual(ran.code, 0, ran)
        server.kill()
        wait_for("the task's end", lambda: not os.path.exists(f"/proc/{pid}"))
        self.assertIn("out of reach", client.log.read_text())


if __name__ == "__main__":
    unittest.main()
