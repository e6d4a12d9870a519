"""Exposed ports: Nosana's ids, the proxy, health checks, reasons; on one node and across nodes."""
import hashlib
import http.client
import json
import unittest

import harness
from harness import E2eTest, cli, need_docker, need_root, wait_for

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def endpoint_id(op, port, job):
    """facts/nosana.md 2.8"""
    number = int.from_bytes(hashlib.sha512(f"{op}:{port}:{job}".encode()).digest(), "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return text[:44]


def ask(port, host, path="/", method="GET", body=None, headers=None, address="127.0.0.1"):
    connection = http.client.HTTPConnection(address, port, timeout=30)
    try:
        connection.request(method, path, body=body, headers={"Host": host, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


def web_job(name, port, *, checks=(), private=False, driver="raw_exec", address="127.0.0.1"):
    """A job as JSON whose task serves its folder over HTTP."""
    if driver == "raw_exec":
        config = {"command": "/usr/bin/python3", "args": ["-m", "http.server", str(port), "--bind", address]}
    else:
        config = {"image": "busybox:1", "command": "httpd", "args": ["-f", "-p", str(port), "-h", "/"]}
    task = {"Name": "web", "Driver": driver, "Config": config, "Expose": [{"Port": str(port), "Checks": list(checks)}],
            "Resources": {"CPU": 20, "MemoryMB": 64}}
    if private:
        task["PrivateEndpoints"] = True
    return {"Job": {"ID": name, "Name": name, "Datacenters": ["dc1"], "Type": "service",
                    "TaskGroups": [{"Name": "g", "Tasks": [task]}]}}


@need_root
class Expose(E2eTest):
    def exposing(self, **kwargs):
        port, = harness.free_ports(1)
        agent = self.single(extra=f'expose {{\n port = {port}\n domain = "test.example.org"\n}}', **kwargs)
        return agent, port

    def test_a_port_is_reached_by_its_nosana_id(self):
        agent, proxy = self.exposing()
        port, = harness.free_ports(1)
        host = endpoint_id(0, port, "web") + ".test.example.org"
        status, body, headers = ask(proxy, host)
        self.assertEqual((status, json.loads(body)["reason"]), (404, "unknown"))
        check = {"Type": "http", "Path": "/", "Method": "GET", "ExpectedStatus": 200}
        agent.api.put("/v1/jobs", web_job("web", port, checks=[check]))
        wait_for("an answer", lambda: ask(proxy, host)[0] == 200)
        self.assertEqual(ask(proxy, host.lower() + f":{proxy}", "/nothing")[0], 404)  # the task's own
        endpoints = agent.api.get("/v1/job/web/endpoints")
        self.assertEqual(endpoints["status"], "ONLINE")
        self.assertEqual(list(endpoints["urls"]), [host.split(".")[0]])
        agent.api.delete("/v1/job/web")
        wait_for("the end", lambda: ask(proxy, host)[0] == 410)
        self.assertEqual(json.loads(ask(proxy, host)[1])["reason"], "stopped")

    def test_a_check_that_does_not_pass_is_the_reason(self):
        agent, proxy = self.exposing()
        port, = harness.free_ports(1)
        check = {"Type": "http", "Path": "/", "Method": "GET", "ExpectedStatus": 418}
        agent.api.put("/v1/jobs", web_job("teapot", port, checks=[check]))
        host = endpoint_id(0, port, "teapot") + ".test.example.org"

        def says_why():
            status, body, headers = ask(proxy, host)
            return status == 503 and "instead of 418" in json.loads(body)["message"] and headers.get("Retry-After")
        wait_for("the reason", says_why)
        page = ask(proxy, host, headers={"Accept": "text/html"})[1].decode()
        self.assertIn("<h1>starting</h1>", page)

    def test_private_ids_cannot_be_computed(self):
        agent, proxy = self.exposing()
        port, = harness.free_ports(1)
        agent.api.put("/v1/jobs", web_job("secret", port, private=True))
        self.assertEqual(ask(proxy, endpoint_id(0, port, "secret") + ".test.example.org")[0], 404)
        urls = wait_for("the endpoints", lambda: agent.api.get("/v1/job/secret/endpoints")["urls"])
        (key, endpoint), = urls.items()
        self.assertEqual(len(key), 45)
        wait_for("an answer", lambda: ask(proxy, key + ".test.example.org")[0] == 200)
        self.assertNotIn(key.lower(), json.dumps(agent.api.get("/v1/services")).lower())

    def test_any_agent_leads_to_any_node(self):
        """An agent without a server asks its server's HTTP API, which it expects on its own port."""
        server_port, node_port = harness.free_ports(2)
        server = self.start_agent(client=False, extra=f"expose {{\n port = {server_port}\n}}")
        node = harness.Agent(server=False, address="127.0.0.2", servers=[server.rpc],
                             extra=f"expose {{\n port = {node_port}\n}}")
        self.addCleanup(self.finish, node)
        config = node.folder / "agent.hcl"
        config.write_text(config.read_text().replace(f"http = {node.http_port}", f"http = {server.http_port}"))
        node.http_port, node.api = server.http_port, harness.Api(f"http://127.0.0.2:{server.http_port}")
        node.start()
        server.wait_nodes(1)
        port, = harness.free_ports(1)
        server.api.put("/v1/jobs", web_job("far", port, address="127.0.0.2"))
        host = endpoint_id(0, port, "far") + ".localhost"
        wait_for("an answer of the server's proxy", lambda: ask(server_port, host)[0] == 200)
        self.assertEqual(ask(node_port, host, address="127.0.0.2")[0], 200)

    @need_docker
    def test_a_container_is_reached_by_its_own_address(self):
        harness.busybox_image()
        agent, proxy = self.exposing()
        agent.api.put("/v1/jobs", web_job("box", 8080, driver="docker"))
        host = endpoint_id(0, 8080, "box") + ".test.example.org"
        wait_for("an answer", lambda: ask(proxy, host, "/bin/")[0] in (200, 404))

    def test_post_prints_the_address(self):
        agent, proxy = self.exposing()
        agent.api.put("/v1/market/default", {"slug": "default"})
        path = agent.folder / "hello.json"
        definition = {"version": "0.1", "type": "container",
                      "ops": [{"type": "container/run", "id": "web",
                               "args": {"image": "busybox:1", "cmd": ["sleep", "60"], "expose": 8080}}]}
        path.write_text(json.dumps(definition))
        done = cli(agent, "job", "post", "-market", "default", "-timeout", "5", "-file", str(path))
        self.assertEqual(done.code, 0, done)
        self.assertIn(f"Service URL: http://{endpoint_id(0, 8080, 'hello')}.test.example.org:{proxy}", done.out)


if __name__ == "__main__":
    unittest.main()
