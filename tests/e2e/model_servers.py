"""Servers that assets come from: a Hugging Face hub and an S3 that lists, with ranges; both count what they send."""
import hashlib
import json
import threading
import urllib.parse

import artifact_servers


def git_sha1(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def send_range(handler, content, gate=None):
    """The content, or the part of it that is asked for; with a gate, the second half waits for it."""
    start = 0
    wanted = handler.headers.get("Range", "")
    if wanted.startswith("bytes="):
        start = int(wanted[6:].split("-")[0])
    handler.server.ranges.append(start)
    handler.send_response(206 if start else 200)
    handler.send_header("Content-Length", str(len(content) - start))
    handler.send_header("ETag", '"' + hashlib.md5(content).hexdigest() + '"')
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
    handler.end_headers()
    half = max(start, len(content) // 2)
    handler.wfile.write(content[start:half])
    handler.wfile.flush()
    if gate:
        gate.wait(60)
    handler.wfile.write(content[half:])


class Hub(artifact_servers.Server):
    """Repositories: name → {path: bytes}. Files of more than 1000 bytes are in "LFS"."""

    def __init__(self, repos, token="", gate=None):
        super().__init__(self.respond)
        self.repos, self.token, self.gate = repos, token, gate
        self.ranges = []

    def downloads(self):
        return [r for r in self.requests if "/resolve/" in r]

    def respond(self, handler):
        if self.token and handler.headers.get("Authorization") != f"Bearer {self.token}":
            return handler.reply(401, b"")
        path = urllib.parse.unquote(urllib.parse.urlsplit(handler.path).path)
        for name, files in self.repos.items():
            if path == f"/api/models/{name}/tree/main":
                return handler.reply(200, json.dumps([self.entry(p, c) for p, c in files.items()]).encode())
            prefix = f"/{name}/resolve/main/"
            if path.startswith(prefix) and path[len(prefix):] in files:
                return send_range(handler, files[path[len(prefix):]], self.gate)
        return handler.reply(404, b"")

    @staticmethod
    def entry(path, content):
        entry = {"type": "file", "path": path, "size": len(content), "oid": git_sha1(content)}
        if len(content) > 1000:
            entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content)}
        return entry


class Bucket(artifact_servers.Server):
    """Path-style S3 without signatures: {"/bucket/key": bytes}."""

    def __init__(self, objects):
        super().__init__(self.respond)
        self.objects = objects
        self.ranges = []

    def downloads(self):
        return [r for r in self.requests if "list-type" not in r]

    def respond(self, handler):
        url = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        path = urllib.parse.unquote(url.path)
        if query.get("list-type") != "2":
            return send_range(handler, self.objects[path]) if path in self.objects else handler.reply(404, b"")
        bucket = path.strip("/")
        body = "".join(
            f"<Contents><Key>{p[len(bucket) + 2:]}</Key><Size>{len(c)}</Size>"
            f"<ETag>&quot;{hashlib.md5(c).hexdigest()}&quot;</ETag></Contents>"
            for p, c in sorted(self.objects.items()) if p.startswith(f"/{bucket}/{query.get('prefix', '')}"))
        return handler.reply(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{body}</ListBucketResult>".encode())


class Registry(artifact_servers.Server):
    """Ollama's: {"library/tiny:1b": [config, layer, …]}. The first answer with a blob of more than 1000 bytes breaks off."""

    def __init__(self, models):
        super().__init__(self.respond)
        self.manifests, self.blobs, self.broken = {}, {}, set()
        self.ranges = []
        for name, parts in models.items():
            self.blobs.update({self.digest(part): part for part in parts})
            config, *layers = [{"digest": self.digest(part), "size": len(part)} for part in parts]
            path = "/v2/{}/manifests/{}".format(*name.split(":"))
            self.manifests[path] = json.dumps({"schemaVersion": 2, "config": config, "layers": layers}).encode()

    @staticmethod
    def digest(content):
        return "sha256:" + hashlib.sha256(content).hexdigest()

    def respond(self, handler):
        path = urllib.parse.unquote(urllib.parse.urlsplit(handler.path).path)
        if path in self.manifests:
            return handler.reply(200, self.manifests[path])
        blob = self.blobs.get(path.rpartition("/")[2])
        if blob is None:
            return handler.reply(404, b"")
        if len(blob) > 1000 and path not in self.broken:
            self.broken.add(path)
            return self.break_off(handler, blob)
        return send_range(handler, blob)

    @staticmethod
    def break_off(handler, blob):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(blob)))
        handler.end_headers()
        handler.wfile.write(blob[:len(blob) // 2])
        handler.close_connection = True


class Gate(threading.Event):
    pass
