"""Nosana's job definitions on the real engine: the examples of facts/nosana.md section 5 with what was recorded of them,
and its orchestration cases. All definitions run at once on one agent; the tests look at what became of them."""
import contextlib
import json
import pathlib
import re
import socket
import subprocess
import threading
import unittest

import harness
from harness import E2eTest, SharedAgentTest, cli, docker, host_address, need_root, wait_for

IMAGE = "busybox:1"


def op(op_id, cmd=None, *, execution=None, results=None, kind="container/run", **args):
    if kind == "container/run":
        args.setdefault("image", IMAGE)
        if cmd is not None:
            args["cmd"] = cmd
    out = {"type": kind, "id": op_id, "args": args}
    if execution:
        out["execution"] = execution
    if results:
        out["results"] = results
    return out


def definition(*ops, **more):
    return {"version": "0.1", "type": "container", "meta": {"trigger": "cli"}, "ops": list(ops), **more}


def in_group(group, *needs, stops=False):
    out = {"group": group}
    if needs:
        out["depends_on"] = list(needs)
    if stops:
        out["stop_if_dependent_stops"] = True
    return out


# The resolver of a static busybox's wget needs libraries; nslookup has its own.
ASK = """for h in front back api names-0 names-1; do
  until a=$(nslookup $h 127.0.0.11 | sed -n '/^Name/,$s/^Address.*: *//p' | head -1); wget -q -O - http://$a/; do
    sleep 0.2
  done
done 2>/dev/null"""

# A trap of the documents: words after the line of `sh -c` are its $0, $1, ….
WORDS_AFTER_THE_LINE = ["/bin/sh", "-c", "ls", "/home", "pwd;"]

EXAMPLES = {
    "hello-world": definition(op("hello-world", ["echo", "hello", "world"])),
    "count": definition(op("run-from-cli", "for i in `seq 1 10`; do echo $i; done")),
    "count-multiple": definition(op("one", "for i in `seq 1 3`; do echo $i; done"),
                                 op("two", "for i in `seq 4 6`; do echo $i; done")),
    "result-extracting": definition(
        op("gpu", ["echo 'Device 0: A'; echo 'Device 0: A' >&2; echo 'Device 1: B'"], entrypoint=["sh", "-c"],
           results={"stderr": {"regex": "Device [0-9]: [AB]", "logType": ["stderr"]},
                    "all": {"regex": "Device [0-9]: [AB]", "logType": ["stdout", "stderr"]},
                    "empty": {"regex": "nothing", "logType": ["stdout"]},
                    "bad": "\\",
                    "groups": "Device (\\d)(x)?",
                    "look": {"regex": "(?<=Device 1: ).*", "logType": ["stdout"]}})),
    "restart-policy": definition(op("again", "echo started; exit 1",
                                    restart_policy={"policy": "on-failure", "restart_tries": 3})),
    "job-literals": definition(
        op("first", "echo 'cmd: 42'; echo '{\"A\": \"1\"}' >&2",
           results={"value": {"regex": "(?<=cmd: ).*", "logType": ["stdout"]},
                    "env": {"regex": "\\{.*\\}", "logType": ["stderr"]},
                    "none": {"regex": "nothing", "logType": ["stdout"]}}),
        op("second", ["sh", "-c", "echo $0 $1 $A $M $HOST $#", "%%ops.first.results.value%%", "%%global.job%%",
                      "%%ops.first.results.none%%", "last"],
           env={"M": "%%global.variables.MODEL%%", "HOST": "http://%%ops.first.host%%:80",
                "__spread__": "%%ops.first.results.env%%"},
           entrypoint=["__remove-if-empty__", "%%ops.first.results.none%%"]),
        **{"global": {"variables": {"MODEL": "llama"}}}),
    "gpu-line": definition(op("line", ["nvidia-smi -L"]), op("next", "echo went on")),
    "output": definition(op("out", "echo x > /output/file")),
    "private-docker": definition(op("auth", "echo in", authentication={"docker": {}})),
    "globals": definition(op("a", "pwd; echo $A $B $NOSANA_ID"), op("b", "pwd", work_dir="/etc", env={"B": "3"}),
                          **{"global": {"work_dir": "/tmp", "env": {"A": "1", "B": "2"}}}),
    "dollars": definition(op("a", "X=1; echo ${X} ${UNSET:-none} $((1+1))")),
    "words-after-the-line": definition(op("a", WORDS_AFTER_THE_LINE)),
    "benchmark": definition(*[op(f"op{n}", f"echo {n}") for n in range(5)], op("gpu", ["nvidia-smi"])),
}

REACHES = definition(op("a", "for a in $HOST $GATEWAY 169.254.169.254; do "
                             "nc -w 3 $a $PORT </dev/null && echo reached $a || echo no $a; done",
                        env={"HOST": "@HOST@", "GATEWAY": "172.17.0.1", "PORT": "@PORT@"}))

ORCHESTRATION = {
    "parallel": definition(op("a", "sleep 5; echo a", execution=in_group("g")),
                           op("x", "echo x"),
                           op("b", "sleep 5; echo b", execution=in_group("g"))),
    "fails-then-next": definition(op("a", "exit 1"), op("b", "echo b")),
    "no-image-then-next": definition(op("a", "echo a", image="127.0.0.1:1/no/such:image"), op("b", "echo b")),
    "started-not-finished": definition(op("a", "sleep 8", execution=in_group("g")),
                                       op("b", "echo b", execution=in_group("g", "a"))),
    "sidecar": definition(op("bench", "sleep 1; exit 3", execution=in_group("g")),
                          op("server", "trap 'exit 0' TERM; while :; do sleep 0.1; done",
                             execution=in_group("g", "bench", stops=True)),
                          op("after", "echo after")),
    "literal-miss": definition(op("b", ["echo", "%%ops.c.results.v%%"], execution=in_group("g")),
                               op("c", "sleep 5; echo c", results={"v": "c"}, execution=in_group("g")),
                               op("d", "echo d")),
    "results-to-the-next-group": definition(
        op("a", "echo 42", results={"v": "\\d+"}, execution=in_group("one")),
        op("b", ["echo", "%%ops.a.results.v%%", "%%ops.a.host%%", "%%global.job%%"], execution=in_group("two"))),
    "names": definition(
        op("web:1", "echo from web > index.html; httpd -f -p 80", aliases="front, back", execution=in_group("g"),
           work_dir="/tmp"),
        op("api", "echo from api > index.html; httpd -f -p 80", execution=in_group("g"), work_dir="/tmp"),
        op("ask", ASK, execution=in_group("g", "web:1", "api"))),
    "address-literals": definition(op("web", "echo %%global.frps_address%% %%ops.web.endpoint.80%%; sleep 600",
                                      expose=80)),
    "containers": definition(op("a", "grep -E 'CapEff|NoNewPrivs' /proc/self/status; sleep 600")),
    "isolated": REACHES,
    "much": definition(op("a", "head -c 70000 /dev/zero | tr '\\0' x; echo; echo end",
                          results={"all": "^x+$", "last": "^end$"})),
}

REFUSED = {
    "cross-group": (definition(op("a", "x", execution=in_group("g")), op("b", "x", execution=in_group("h", "a"))),
                    "'b' in group 'h' depends on 'a' in group 'g'"),
    "self": (definition(op("a", "x", execution={"depends_on": ["a"]})), "cannot depend on itself"),
    "unknown": (definition(op("a", "x", execution={"depends_on": ["zz"]})), "depends on non existent op 'zz'"),
    "duplicate": (definition(op("a", "x"), op("a", "x")), "Duplicate operation IDs found: a"),
    "circle": (definition(op("a", "x", execution=in_group("g", "b")), op("b", "x", execution=in_group("g", "a"))),
               "can never start"),
    "empty": (definition(), "there are no operations"),
    "no-image": (definition({"type": "container/run", "id": "a", "args": {"cmd": "x"}}), "image"),
    "nobody-knows": (definition(op("a", ["%%ops.zz.host%%"])), "zz"),
}


def submit(agent, name, content, *flags, expect=0):
    """`job run` of a definition (or its text) from a file of that name."""
    file = pathlib.Path(agent.folder) / (name if "." in name else f"{name}.json")
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    ran = cli(agent, "job", "run", "-detach", *flags, str(file))
    assert (ran.code == 0) == (expect == 0), (name, ran)
    return ran


def hang_up(listener):
    with contextlib.suppress(OSError):  # it is closed
        while True:
            listener.accept()[0].close()


def remove_rules(pool):
    """The agent's rules for a pool, which outlive it as its tasks do."""
    for chain, ours in (("DOCKER-USER", f"DROVER-{pool}"), ("INPUT", f"DROVER-{pool}-IN")):
        for words in (("-D", chain, "-s", f"{pool}/16", "-j", ours), ("-F", ours), ("-X", ours)):
            subprocess.run(["iptables", "-w", *words], check=False, stderr=subprocess.DEVNULL)


def here(content, listener):
    """The text of a definition, with an address of this machine where it has marks."""
    port = str(listener.getsockname()[1])
    return json.dumps(content).replace("@HOST@", host_address()).replace("@PORT@", port)


@need_root
@harness.need_docker
class Nosana(SharedAgentTest):
    @classmethod
    def setUpClass(cls):
        harness.busybox_image("busybox:latest")
        cls.listener = socket.create_server(("0.0.0.0", 0), backlog=50)
        cls.addClassCleanup(cls.listener.close)
        cls.share_agent(domain="test.example.org")
        for name, content in {**EXAMPLES, **ORCHESTRATION}.items():
            submit(cls.agent, name, here(content, cls.listener))

    def ended(self, job, status="complete"):
        return self.agent.api.alloc_with_status(job, status)

    def out(self, alloc, task, stream="stdout"):
        return self.agent.api.logs(alloc["ID"], task, stream)

    def exit_code(self, alloc, task):
        ends = [e for e in alloc["TaskStates"][task]["Events"] if e["Type"] == "Terminated"]
        return int(ends[-1]["Details"]["exit_code"]) if ends else None

    def results(self, alloc, task):
        found = [e for e in alloc["TaskStates"][task]["Events"] if e["Type"] == "Results"]
        return {name: json.loads(text) for name, text in found[-1]["Details"].items()}

    def test_hello_world(self):
        self.assertEqual(self.out(self.ended("hello-world"), "hello-world"), "hello world\n")

    def test_a_line_goes_through_sh(self):
        self.assertEqual(self.out(self.ended("count"), "run-from-cli"), "".join(f"{n}\n" for n in range(1, 11)))
        self.assertEqual(self.out(self.ended("dollars"), "a"), "1 none 2\n")

    def test_operations_run_one_after_the_other(self):
        alloc = self.ended("count-multiple")
        self.assertEqual((self.out(alloc, "one"), self.out(alloc, "two")), ("1\n2\n3\n", "4\n5\n6\n"))
        states = alloc["TaskStates"]
        self.assertLessEqual(states["one"]["FinishedAt"], states["two"]["StartedAt"])

    def test_words_after_the_line_of_a_shell_are_lost(self):
        alloc = self.ended("words-after-the-line")
        self.assertEqual(self.exit_code(alloc, "a"), 0)

    def test_global_values_are_defaults(self):
        alloc = self.ended("globals")
        self.assertEqual(self.out(alloc, "a"), "/tmp\n1 2 globals\n")
        self.assertEqual(self.out(alloc, "b"), "/etc\n")

    def test_results_are_picked_from_the_output(self):
        alloc = self.ended("result-extracting")
        self.assertEqual(self.results(alloc, "gpu"), {
            "stderr": ["Device 0: A"],
            "all": ["Device 0: A", "Device 1: B", "Device 0: A"],
            "empty": [],
            "bad": "SyntaxError: Invalid regular expression: /\\/: \\ at end of pattern",
            "groups": ["Device 0", "0", None, "Device 1", "1", None, "Device 0", "0", None],
            "look": ["B"]})
        shown = cli(self.agent, "alloc", "status", alloc["ID"])
        self.assertIn("Device 1: B", shown.out)

    def test_a_restart_policy_starts_it_so_often(self):
        alloc = self.ended("restart-policy", "failed")
        self.assertEqual(self.out(alloc, "again"), "started\n" * 4)
        self.assertEqual(alloc["TaskStates"]["again"]["Restarts"], 3)

    def test_literals_are_replaced_when_an_operation_starts(self):
        alloc = self.ended("job-literals")
        self.assertEqual(self.out(alloc, "second"), "42 job-literals 1 llama http://job-literals-0:80 2\n")

    def test_an_operation_knows_where_its_ports_are_exposed(self):
        alloc = self.agent.api.running("address-literals")[0]
        endpoint_id, endpoint = next(iter(self.agent.api.get("/v1/job/address-literals/endpoints")["urls"].items()))
        domain = f"test.example.org:{self.proxy}"
        self.assertEqual(endpoint["url"], f"http://{endpoint_id}.{domain}")
        wait_for("the output", lambda: self.out(alloc, "web") == f"{domain} {endpoint_id}.{domain}\n")

    def test_results_reach_the_next_group(self):
        alloc = self.ended("results-to-the-next-group")
        self.assertEqual(self.out(alloc, "b"), "42 results-to-the-next-group-0 results-to-the-next-group\n")

    def test_what_fails_fails_the_job_and_stops_nobody(self):
        for job, failed, code, others in (("gpu-line", "line", 127, ["next"]), ("fails-then-next", "a", 1, ["b"]),
                                          ("output", "out", 1, []), ("no-image-then-next", "a", None, ["b"]),
                                          ("benchmark", "gpu", None, [f"op{n}" for n in range(5)])):
            alloc = self.ended(job, "failed")
            self.assertTrue(alloc["TaskStates"][failed]["Failed"], job)
            self.assertEqual(self.exit_code(alloc, failed), code, job)
            for other in others:
                self.assertEqual(self.exit_code(alloc, other), 0, job)

    def test_empty_credentials_are_none(self):
        self.assertEqual(self.out(self.ended("private-docker"), "auth"), "in\n")

    def test_a_group_runs_together_and_before_the_next(self):
        states = self.ended("parallel")["TaskStates"]
        self.assertLess(states["b"]["StartedAt"], states["a"]["FinishedAt"])
        self.assertLess(states["a"]["StartedAt"], states["b"]["FinishedAt"])
        self.assertLessEqual(max(states[t]["FinishedAt"] for t in "ab"), states["x"]["StartedAt"])

    def test_a_dependency_is_one_on_the_start(self):
        states = self.ended("started-not-finished")["TaskStates"]
        self.assertLess(states["b"]["StartedAt"], states["a"]["FinishedAt"])

    def test_what_stops_with_its_dependency_is_stopped_and_no_failure(self):
        alloc = self.ended("sidecar", "failed")
        states = alloc["TaskStates"]
        self.assertFalse(states["server"]["Failed"])
        self.assertIn("Dependency Ended", [e["Type"] for e in states["server"]["Events"]])
        self.assertEqual(self.out(alloc, "after"), "after\n")

    def test_a_literal_that_nothing_stands_for_fails_its_operation_only(self):
        alloc = self.ended("literal-miss", "failed")
        states = alloc["TaskStates"]
        self.assertTrue(states["b"]["Failed"])
        self.assertNotIn("Started", [e["Type"] for e in states["b"]["Events"]])
        self.assertIn('Unresolved literal: "%%ops.c.results.v%%"',
                      " ".join(e["DisplayMessage"] for e in states["b"]["Events"]))
        self.assertFalse(states["c"]["Failed"])
        self.assertEqual(self.out(alloc, "d"), "d\n")
        flow = self.agent.api.get("/v1/job/literal-miss/flow")
        self.assertEqual([o["status"] for o in flow["opStates"]], ["failed", "success", "success"])
        self.assertIn("nodeerr", [line["type"] for line in flow["opStates"][0]["logs"]])

    def test_operations_find_each_other_by_their_names_and_may_use_the_same_port(self):
        alloc = self.agent.api.running("names")[0]
        wait_for("all answers", lambda: self.out(alloc, "ask").count("\n") == 5)
        self.assertEqual(self.out(alloc, "ask").split("\n")[:5],
                         ["from web", "from web", "from api", "from web", "from api"])
        networks = docker("network", "ls", "--format", "{{.Name}}").stdout
        self.assertIn("drover-" + alloc["ID"], networks)
        # A new agent finds the network again, and leaves none when the job is over.
        self.agent.kill()
        self.agent.start()
        self.agent.wait_nodes(1)
        self.assertEqual(self.agent.api.running("names")[0]["ID"], alloc["ID"])
        self.assertEqual(cli(self.agent, "job", "stop", "names").code, 0)
        wait_for("no network", lambda: "drover-" + alloc["ID"] not in
                 docker("network", "ls", "--format", "{{.Name}}").stdout)

    def test_the_host_and_its_neighbours_are_out_of_reach(self):
        alloc = self.ended("isolated")
        self.assertEqual(len(re.findall("^no ", self.out(alloc, "a"), re.M)), 3, self.out(alloc, "a"))

    def test_containers_have_few_rights_and_limits(self):  # cases.md 60
        alloc = self.agent.api.running("containers")[0]
        wait_for("output", lambda: "NoNewPrivs" in self.out(alloc, "a"))
        status = dict(line.split(":\t") for line in self.out(alloc, "a").splitlines())
        self.assertEqual(status["NoNewPrivs"], "1")
        net_raw, mknod, sys_admin = 1 << 13, 1 << 27, 1 << 21
        self.assertEqual(int(status["CapEff"], 16) & (net_raw | mknod | sys_admin), 0, status)
        inspected = json.loads(docker("inspect", f"a-{alloc['ID']}").stdout)[0]["HostConfig"]
        self.assertGreater(inspected["PidsLimit"], 0)
        self.assertGreater(inspected["Memory"], 0)
        self.assertFalse(inspected["Privileged"] or inspected["Devices"] or inspected["DeviceRequests"], inspected)

    def test_what_is_kept_of_results_is_limited(self):
        self.assertEqual(self.results(self.ended("much"), "a"),
                         {"all": "Error: the result has 70004 bytes, at most 65536 are kept", "last": ["end"]})

    def test_impossible_definitions_are_refused(self):
        for name, (content, message) in REFUSED.items():
            ran = submit(self.agent, "refused-" + name, content, expect=1)
            self.assertIn(message, ran.out + ran.err, name)


@need_root
@harness.need_docker
class Allowed(E2eTest):
    def test_what_the_operator_allows_can_be_reached(self):
        listener = socket.create_server(("0.0.0.0", 0))
        self.addCleanup(listener.close)
        threading.Thread(target=hang_up, args=(listener,), daemon=True).start()
        self.addCleanup(remove_rules, "10.214.0.0")
        agent = self.single(extra=f"""plugin "docker" {{
          config {{
            private_networks {{
              pool  = "10.214.0.0/16"
              allow = ["{host_address()}"]
            }}
          }}
        }}""")
        submit(agent, "allowed", here(REACHES, listener))
        out = agent.api.logs(agent.api.alloc_with_status("allowed", "complete")["ID"], "a")
        self.assertIn(f"reached {host_address()}\n", out)
        self.assertIn("no 169.254.169.254\n", out)


if __name__ == "__main__":
    unittest.main()
