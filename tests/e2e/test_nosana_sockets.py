"""Nosana's WebSockets on the real engine: /flog, /log and /status of a job, clients that do not read, and `job get`."""
import datetime
import json
import unittest

import harness
from harness import SharedAgentTest, need_root, wait_for
from test_nosana import definition, op, submit
from websocket_client import WebSocket

LONG_LINE = 1000
LONG_LINES = 9_000  # less than what makes the engine begin another log file
CLIENTS = 8


def memory(agent):
    with open(f"/proc/{agent.process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmRSS"))


@need_root
@harness.need_docker
class NosanaSockets(SharedAgentTest):
    def ask(self, path, job, **body):
        connection = WebSocket(self.agent.api.url)
        self.addCleanup(connection.__exit__)
        self.assertEqual(connection.status, 101)
        connection.send({"path": path, "header": "", "body": {"jobAddress": job, **body}})
        return connection

    def data(self, connection):
        for message in connection.messages():
            yield message["path"], json.loads(message["data"])

    def test_a_job_is_followed_from_its_first_line_to_its_last(self):
        submit(self.agent, "follow", definition(op("a", "for i in 1 2 3; do echo out $i; echo err $i >&2; sleep 0.2; done"),
                                                op("b", "printf 'no end'"), op("c", "exit 3")))
        heard = [entry for path, entry in self.data(self.ask("/flog", "follow", untilEnd=True)) if path == "flog"]
        lines = [(e["opId"], e["message"]) for e in heard if e["type"] == "container"]
        self.assertEqual([m for o, m in lines if o == "a" and m.startswith("out")], ["out 1", "out 2", "out 3"])
        self.assertEqual([m for o, m in lines if o == "a" and m.startswith("err")], ["err 1", "err 2", "err 3"])
        self.assertEqual([m for o, m in lines if o == "b"], ["no end"])
        self.assertLess(lines.index(("a", "out 3")), lines.index(("b", "no end")))
        self.assertIn("c", {e["opId"] for e in heard if e["type"] == "info"})
        for start in ("out", "err"):
            times = [e["timestamp"] for e in heard if e["message"].startswith(start)]
            self.assertEqual(times, sorted(set(times)))
        # The same again, later, with the times that the flow shows too; and a part of it.
        later = [e for _, e in self.data(self.ask("/flog", "follow", untilEnd=True, type="container"))]
        self.assertEqual(sorted(e["message"] for e in later), sorted(message for _, message in lines))
        ops = {o["operationId"]: o for o in self.agent.api.get("/v1/job/follow/flow")["opStates"]}
        written = {line["log"]: datetime.datetime.fromisoformat(line["timestamp"]) for o in ops.values() for line in o["logs"]}
        for entry in later:
            self.assertLess(abs(written[entry["message"]].timestamp() - entry["timestamp"] / 1000), 0.1, (entry, written))
        part = [e["message"] for _, e in self.data(self.ask("/flog", "follow", untilEnd=True, opId="b", type="container"))]
        self.assertEqual(part, ["no end"])

    def test_nosanas_command_line_gets_what_it_prints(self):
        submit(self.agent, "printed", definition(op("a", "echo one; echo two")))
        heard = [entry for path, entry in self.data(self.ask("/log", "printed", untilEnd=True)) if path == "log"]
        self.assertEqual("".join(e["log"] for e in heard if e["type"] == "log"), "one\ntwo\n")
        self.assertEqual({e["job"] for e in heard}, {"printed"})

    def test_the_status_is_told_whenever_it_changes(self):
        submit(self.agent, "told", definition(op("a", "sleep 1"), op("b", "sleep 1")))
        told = [entry for path, entry in self.data(self.ask("/status", "told", untilEnd=True)) if path == "state"]
        self.assertEqual(told[-1]["status"], "success")
        self.assertEqual([o["status"] for o in told[-1]["state"]["opStates"]], ["success", "success"])
        self.assertEqual([e["index"] for e in told], list(range(len(told))))
        groups = [e["state"]["operations"]["currentGroup"] for e in told]
        self.assertLess(groups.index("a"), groups.index("b"))

    def test_restarts_of_the_agent_lose_nothing_to_those_who_ask_again(self):
        submit(self.agent, "again", definition(op("a", "echo before; until [ -e /tmp/go ]; do sleep 0.1; done; echo after")))
        first = self.data(self.ask("/flog", "again", type="container"))
        self.assertEqual(next(first)[1]["message"], "before")
        self.agent.kill()
        self.agent.start()
        self.agent.wait_nodes(1)
        alloc = self.agent.api.running("again")[0]["ID"]
        harness.cli(self.agent, "alloc", "exec", alloc, "touch", "/tmp/go")
        heard = self.data(self.ask("/flog", "again", type="container", untilEnd=True))
        self.assertEqual([e["message"] for _, e in heard], ["before", "after"])

    def test_job_get_shows_what_was_written_and_follows_what_is(self):
        submit(self.agent, "shown", definition(op("a", "for i in 1 2 3; do echo $i; sleep 0.3; done"), op("b", "exit 4")))
        followed = harness.cli(self.agent, "job", "get", "-wait", "shown")
        self.assertEqual(followed.code, 2, followed)
        self.assertRegex(followed.out, r"(?s)^Job: +shown\n.*\n1\n.*2\n3\n.*Status: +COMPLETED\n.*Executed step a in ")
        self.assertIn("Exited with status failed with code 4", followed.out)
        self.assertEqual(followed.out.count("\n2\n"), 1)
        shown = harness.cli(self.agent, "job", "get", "shown").out
        self.assertRegex(shown, r"(?s)- Executed step a in [0-9.]+s\n\n1\n2\n3\n\nExited with status success with code 0\n")
        result = json.loads(harness.cli(self.agent, "job", "get", "-format=json", "shown").out)
        self.assertEqual([(e["operationId"], e["logs"], e["exitCode"]) for e in result["executions"]],
                         [("a", ["1", "2", "3"], 0), ("b", [], 4)])

    # cases.md 38
    def test_a_client_that_does_not_read_costs_little_and_misses_nothing(self):
        text = f"tr '\\0' x < /dev/zero | head -c {LONG_LINE * LONG_LINES} | fold -w {LONG_LINE}"
        submit(self.agent, "long", definition(op("a", f"echo begin; sleep 1; {text}; echo")))
        before = memory(self.agent)
        connections = [self.ask("/flog", "long", type="container", untilEnd=True) for _ in range(CLIENTS)]
        readers = [self.data(connection) for connection in connections]
        for reader in readers:
            self.assertEqual(next(reader)[1]["message"], "begin")
        self.agent.api.alloc_with_status("long", "complete")
        self.assertLess(memory(self.agent) - before, LONG_LINE * LONG_LINES * CLIENTS // 2)
        for reader in readers:
            self.assertEqual(sum(len(e["message"]) for _, e in reader), LONG_LINE * LONG_LINES)

    def test_what_cannot_be_told_is_said_by_the_closing(self):
        submit(self.agent, "quiet", definition(op("a", "true")))
        for path, job, closing in (("/elsewhere", "quiet", (3003, "Invalid Path")),
                                   ("/flog", "nobody", (1008, "Invalid job address"))):
            connection = self.ask(path, job)
            self.assertEqual(list(connection.messages()), [])
            self.assertEqual(connection.closed, closing)
        with WebSocket(self.agent.api.url, "/flog", headers=["Origin: https://elsewhere.example"]) as refused:
            self.assertEqual(refused.status, 403)
        self.assertEqual(self.agent.api.get("/"), self.agent.api.get("/v1/nodes")[0]["ID"])


if __name__ == "__main__":
    unittest.main()
