#!/usr/bin/env python3
"""What the proxy of exposed ports costs: the time that it adds to a request, and 10,000 connections that it holds.

    DROVER=build/release/drover python3 tests/bench/expose.py
"""
import pathlib
import resource
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402
from test_expose import ask, endpoint_id  # noqa: E402

REQUESTS = 3000


def answer(client):
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    pending = b""
    while piece := client.recv(65536):
        pending += piece
        while b"\r\n\r\n" in pending:
            pending = pending.split(b"\r\n\r\n", 1)[1]
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def serve(listener):
    while True:
        threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()


def once(connection, host):
    connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return b" 200 OK" in connection.recv(65536)


def latency(port, host):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        times = []
        for _ in range(REQUESTS):
            begin = time.perf_counter()
            once(connection, host)
            times.append((time.perf_counter() - begin) * 1e6)
    times.sort()
    return f"median {times[REQUESTS // 2]:.0f} us, p99 {times[REQUESTS * 99 // 100]:.0f} us"


def memory(agent):
    status = pathlib.Path(f"/proc/{agent.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main():
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    port = listener.getsockname()[1]
    proxy, = harness.free_ports(1)
    agent = harness.Agent(extra=f"expose {{\n port = {proxy}\n}}")
    agent.start()
    try:
        task = {"Name": "t", "Driver": "raw_exec", "Config": {"command": "/bin/sleep", "args": ["3600"]},
                "Expose": [{"Port": str(port)}], "Resources": {"CPU": 20, "MemoryMB": 32}}
        agent.api.put("/v1/jobs", {"Job": {"ID": "m", "Datacenters": ["dc1"], "Type": "service",
                                           "TaskGroups": [{"Name": "g", "Tasks": [task]}]}})
        host = endpoint_id(0, port, "m") + ".localhost"
        harness.wait_for("the task", lambda: ask(proxy, host)[0] == 200)
        print("direct:          ", latency(port, host))
        print("through the proxy:", latency(proxy, host))
        before, begin, count = memory(agent), time.perf_counter(), min(10_000, limit - 500)
        connections = [socket.create_connection(("127.0.0.1", proxy)) for _ in range(count)]
        answered = sum(once(connection, host) for connection in connections)
        print(f"{count} connections, {answered} answered, {time.perf_counter() - begin:.1f} s; "
              f"{before:.0f} MB before, {memory(agent):.0f} MB with them")
        print("beside them:     ", latency(proxy, host))
    finally:
        agent.stop()


if __name__ == "__main__":
    main()
