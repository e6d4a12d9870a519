"""Confidential jobs (facts/nosana.md 1.8) on the real engine: definitions that come after their job, results that go to
whom they are for, and what nobody else sees of either."""
import json
import signal
import unittest

import artifact_servers
import harness
import nosana_examples as examples
from harness import ApiError, SharedAgentTest, cli, need_root, wait_for
from test_nosana import definition, op, submit

SECRET = definition(op("hidden-op", "echo very-secret; echo $HIDDEN", env={"HIDDEN": "hidden-value"}))


def fetches(endpoint):
    return {"type": "api", "args": {"endpoint": endpoint}}


@need_root
@harness.need_docker
class Confidential(SharedAgentTest):
    @classmethod
    def setUpClass(cls):
        cls.share_agent(extra='server { logistics_allow = ["127.0.0.0/8"] }')
        # Four tries, ten seconds apart: they go on beside the other tests.
        submit(cls.agent, "api-invalid", examples.VALID["api-invalid"])

    def status(self, job):
        return self.agent.api.get(f"/v1/job/{job}/flow")["status"]

    def becomes(self, job, status):
        wait_for(f"{job}: {status}", lambda: self.status(job) == status)

    def refused(self, method, path, body=None):
        with self.assertRaises(ApiError) as caught:
            self.agent.api.raw(method, path, body)
        self.assertEqual(caught.exception.status, 400)
        return caught.exception.body

    def deliver(self, job, content):
        return self.agent.api.put(f"/job/{job}/job-definition", content)

    def assert_hidden(self, job):
        for path in (f"/job/{job}/job-definition", f"/v1/job/{job}/flow", f"/job/{job}/ops"):
            shown = json.dumps(self.agent.api.get(path))
            self.assertNotIn("hidden", shown, path)
            self.assertNotIn("very-secret", shown, path)

    def test_a_job_waits_for_its_definition_and_its_result_is_fetched_once(self):
        submit(self.agent, "confidential", examples.VALID["confidential"])
        self.assertEqual(self.status("confidential"), "waiting-for-job-definition")
        for command in ("status", "explain"):
            self.assertIn("waits for its definition", cli(self.agent, "job", command, "confidential").out)
        wrong = self.refused("POST", "/job/confidential/job-definition", definition(
            op("a", image=1), op("b", kind="container/create-volume")))
        self.assertIn("expected a string, not 1", wrong)
        self.assertIn('takes a "name" and nothing else', wrong)
        self.agent.kill(signal.SIGKILL)
        self.agent.start()
        self.agent.wait_nodes(1)
        self.assertEqual(self.status("confidential"), "waiting-for-job-definition")
        self.deliver("confidential", SECRET)
        self.refused("POST", "/job/confidential/job-definition", SECRET)
        self.becomes("confidential", "waiting-for-result")
        self.assert_hidden("confidential")
        result = self.agent.api.get("/job/confidential/results")
        self.assertEqual([line["log"] for line in result["opStates"][0]["logs"]], ["very-secret", "hidden-value"])
        self.assertIn("it is success", self.refused("GET", "/job/confidential/results"))
        self.assertEqual(self.status("confidential"), "success")
        self.assert_hidden("confidential")

    def test_the_command_line_posts_and_gets_it(self):
        file = self.agent.folder / "posted.json"
        file.write_text(json.dumps(SECRET))
        posted = cli(self.agent, "job", "post", "-confidential", "-m", "default", "-t", "10", "-f", str(file))
        self.assertEqual(posted.code, 0, posted)
        got = cli(self.agent, "job", "get", "-wait", "posted")
        self.assertEqual(got.code, 0, got)
        self.assertRegex(got.out, "(?s)Status: +COMPLETED.*very-secret")
        self.assertNotIn("hidden", cli(self.agent, "job", "get", "posted").out)

    def test_endpoints_give_the_definition_and_take_the_result(self):
        taken = []

        def answer(handler):
            if handler.command == "POST":
                taken.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
            handler.reply(200, json.dumps(SECRET).encode())
        owner = artifact_servers.Server(answer)
        self.addCleanup(owner.close)
        submit(self.agent, "carried", definition(logistics={"send": fetches(owner.url + "/give/%%global.job%%"),
                                                            "receive": fetches(owner.url + "/take?key=1")}))
        self.becomes("carried", "success")
        self.assertEqual(owner.requests, ["/give/carried", "/take?key=1"])
        self.assertEqual([line["log"] for line in taken[0]["opStates"][0]["logs"]], ["very-secret", "hidden-value"])
        self.assert_hidden("carried")

    def test_a_job_that_waits_is_stopped_or_expires(self):
        submit(self.agent, "stopped", examples.VALID["confidential"])
        self.assertEqual(cli(self.agent, "job", "stop", "-detach", "stopped").code, 0)
        self.becomes("stopped", "stopped")
        self.refused("POST", "/job/stopped/job-definition", SECRET)
        submit(self.agent, "expired", examples.VALID["confidential"], "-timeout", "2s")
        self.becomes("expired", "stopped")
        self.assertIn("its timeout has passed", cli(self.agent, "job", "status", "expired").out)

    def test_an_endpoint_that_does_not_answer_ends_the_job(self):
        wait_for("four tries", lambda: self.status("api-invalid") == "logistics-error", deadline=120)
        shown = cli(self.agent, "job", "status", "api-invalid").out
        self.assertIn("its definition did not come: GET https://x.example/api-invalid", shown)
        flow = self.agent.api.get("/v1/job/api-invalid/flow")
        self.assertEqual([error["event"] for error in flow["errors"]], ["logistics-error"])


if __name__ == "__main__":
    unittest.main()
