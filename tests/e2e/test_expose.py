"""Exposed ports: Nosana's ids, the proxy, health checks, reasons; on one node and across nodes."""
import hashlib
import http.client
import json
import ssl
import subprocess
import tempfile
import unittest

import harness
from harness import E2eTest, cli, need_docker, need_root, wait_for
from websocket_client import WebSocket

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


# Answers every client with the WebSocket message that is in a file.
SOCKET_SERVER = """
import base64, hashlib, pathlib, socket, sys, threading

def serve(client):
    head = b""
    while b"\\r\\n\\r\\n" not in head:
        piece = client.recv(4096)
        if not piece:
            return
        head += piece
    fields = dict(line.lower().split(b": ", 1)[:1] + [line.split(b": ", 1)[1]]
                  for line in head.split(b"\\r\\n") if b": " in line)
    key = fields[b"sec-websocket-key"]
    accepted = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    client.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
                   b"Sec-WebSocket-Accept: " + accepted + b"\\r\\n\\r\\n")
    text = pathlib.Path(sys.argv[2]).read_bytes()
    client.sendall(bytes([0x81, len(text)]) + text)
    client.recv(4096)

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


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
    def exposing(self, tls="", **kwargs):
        port, = harness.free_ports(1)
        agent = self.single(extra=f'expose {{\n port = {port}\n domain = "test.example.org"\n{tls}\n}}', **kwargs)
        return agent, port

    def speaking(self, agent, message):
        """A job "chat" that says what is in a file; its host name and the file."""
        said = agent.folder / "said"
        said.write_text(message)
        port, = harness.free_ports(1)
        check = {"Type": "websocket", "Path": "/", "ExpectedResponse": '"ready"'}
        job = web_job("chat", port, checks=[check])
        job["Job"]["TaskGroups"][0]["Tasks"][0]["Config"]["args"] = ["-c", SOCKET_SERVER, str(port), str(said)]
        agent.api.put("/v1/jobs", job)
        return endpoint_id(0, port, "chat") + ".test.example.org", said

    def certificate(self):
        """A certificate of its own signing for the domain, and its key."""
        folder = tempfile.TemporaryDirectory(prefix="drover-tls-")
        self.addCleanup(folder.cleanup)
        files = [f"{folder.name}/cert.pem", f"{folder.name}/key.pem"]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-subj", "/CN=test", "-addext", "subjectAltName=DNS:*.test.example.org", "-days", "2",
                        "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
        return files

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

    def test_websockets_are_checked_and_led_through(self):
        agent, proxy = self.exposing()
        host, said = self.speaking(agent, '"loading"')

        def says_why():
            status, body, _ = ask(proxy, host)
            return status == 503 and "something else than expected" in json.loads(body)["message"]
        wait_for("the reason", says_why)
        with WebSocket(f"http://127.0.0.1:{proxy}", host=host) as early:
            self.assertEqual(early.status, 503)
        said.write_text('"ready"')
        wait_for("the check", lambda: agent.api.get("/v1/job/chat/endpoints")["status"] == "ONLINE")
        with WebSocket(f"http://127.0.0.1:{proxy}", host=host) as socket:
            self.assertEqual((socket.status, next(socket.messages())), (101, "ready"))

    def test_tls(self):
        cert, key = self.certificate()
        agent, proxy = self.exposing(tls=f'tls {{\n cert_file = "{cert}"\n key_file = "{key}"\n}}')
        host, _ = self.speaking(agent, '"ready"')
        trust = ssl.create_default_context(cafile=cert)
        wait_for("the check", lambda: agent.api.get("/v1/job/chat/endpoints")["status"] == "ONLINE")
        endpoint, = agent.api.get("/v1/job/chat/endpoints")["urls"].values()
        self.assertEqual(endpoint["url"], f"https://{host}:{proxy}")
        with WebSocket(f"https://127.0.0.1:{proxy}", host=host, tls=trust) as socket:
            self.assertEqual((socket.status, next(socket.messages())), (101, "ready"))
        with self.assertRaises((http.client.HTTPException, OSError)):
            ask(proxy, host)

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
