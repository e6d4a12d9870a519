"""A WebSocket client (RFC 6455) for the tests: text messages, closings, pings, and nothing else."""
import base64
import json
import os
import socket
import struct
import urllib.parse

CLOSE, PING, PONG = 8, 9, 10


class WebSocket:
    """One connection. `closed` is (code, reason) once the server has closed it. `host` is what the server is asked as,
    `tls` an SSLContext."""

    def __init__(self, url, path="/", timeout=60, headers=(), host="", tls=None):
        address = urllib.parse.urlparse(url)
        self.closed = None
        self.socket = socket.create_connection((address.hostname, address.port), timeout=timeout)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=host)
        lines = [f"GET {path} HTTP/1.1", f"Host: {host or address.netloc}", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", *headers]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.input = self.socket.makefile("rb")
        self.status = int(self.input.readline().split()[1])
        while self.input.readline().strip():
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.input.close()
        self.socket.close()

    def send(self, message):
        self._send_frame(1, json.dumps(message).encode())

    def _send_frame(self, opcode, payload):
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack(">H", len(payload))
        self.socket.sendall(bytes([0x80 | opcode]) + size + bytes(4) + payload)

    def messages(self):
        """What comes, decoded, until the server closes."""
        while self.closed is None:
            first, size = self.input.read(2)
            size = struct.unpack(">H", self.input.read(2))[0] if size == 126 else size
            size = struct.unpack(">Q", self.input.read(8))[0] if size == 127 else size
            payload = self.input.read(size)
            if first & 15 == PING:
                self._send_frame(PONG, payload)
            elif first & 15 == CLOSE:
                self._send_frame(CLOSE, payload[:2])
                self.closed = (struct.unpack(">H", payload[:2])[0], payload[2:].decode())
            else:
                yield json.loads(payload)
