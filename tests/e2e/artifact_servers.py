"""Servers that tests of artifacts download from: plain HTTP, an S3 that checks signatures itself, and git over HTTP."""
import hashlib
import hmac
import http.server
import os
import subprocess
import threading
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.requests.append(self.path)
        self.server.answer(self)

    do_POST = do_GET

    def reply(self, status, body=b"", headers=()):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    """Answers with `answer(handler)`; `requests` are the paths that were asked for."""

    def __init__(self, answer, address="127.0.0.1"):
        super().__init__((address, 0), Handler)
        self.answer = answer
        self.requests = []
        self.url = f"http://{address}:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def handle_error(self, *_):  # clients that hang up are part of the tests
        pass

    def close(self):
        self.shutdown()
        self.server_close()


def files(contents):
    """path → bytes, or a function that gets the handler."""
    def answer(handler):
        found = contents.get(urllib.parse.urlsplit(handler.path).path)
        if callable(found):
            found(handler)
        elif found is None:
            handler.reply(404, b"nothing here")
        else:
            handler.reply(200, found)
    return answer


def quote(text, safe=""):
    return urllib.parse.quote(text, safe="-_.~" + safe)


class S3:
    """Path-style S3 with one key, written from AWS's description of Signature Version 4."""

    def __init__(self, objects, key_id="AKIDEXAMPLE", secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", region="eu-west-1",
                 token=""):
        self.objects, self.key_id, self.secret, self.region, self.token = objects, key_id, secret, region, token
        self.verified = 0

    def signature_problem(self, handler):
        authorization = handler.headers.get("Authorization", "")
        algorithm, _, rest = authorization.partition(" ")
        if algorithm != "AWS4-HMAC-SHA256":
            return "AccessDenied"
        fields = dict(part.strip().split("=", 1) for part in rest.split(","))
        key_id, date, region, service, terminator = fields["Credential"].split("/")
        if (key_id, region, service, terminator) != (self.key_id, self.region, "s3", "aws4_request"):
            return "InvalidAccessKeyId"
        signed = fields["SignedHeaders"].split(";")
        required = ["host", "x-amz-content-sha256", "x-amz-date"] + (["x-amz-security-token"] if self.token else [])
        if signed != sorted(signed) or any(name not in signed for name in required):
            return "SignedHeadersIncomplete"
        if handler.headers.get("x-amz-security-token", "") != self.token:
            return "InvalidToken"
        path, _, query = handler.path.partition("?")
        pairs = sorted((quote(k), quote(v)) for k, v in urllib.parse.parse_qsl(query, keep_blank_values=True))
        canonical = "\n".join([
            handler.command, quote(urllib.parse.unquote(path), "/"), "&".join(f"{k}={v}" for k, v in pairs),
            *(f"{name}:{' '.join(handler.headers[name].split())}" for name in signed), "", ";".join(signed),
            handler.headers["x-amz-content-sha256"]])
        to_sign = "\n".join([algorithm, handler.headers["x-amz-date"], f"{date}/{region}/s3/aws4_request",
                             hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for step in (date, region, "s3", "aws4_request"):
            key = hmac.new(key, step.encode(), hashlib.sha256).digest()
        expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        return "" if hmac.compare_digest(expected, fields["Signature"]) else "SignatureDoesNotMatch"

    def __call__(self, handler):
        problem = self.signature_problem(handler) if self.key_id else ""
        if problem:
            handler.reply(403, f"<Error><Code>{problem}</Code></Error>".encode())
            return
        self.verified += 1
        url = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        path = urllib.parse.unquote(url.path)
        if query.get("list-type") == "2":
            self.list(handler, path.strip("/"), query)
        elif path in self.objects:
            handler.reply(200, self.objects[path])
        else:
            handler.reply(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def list(self, handler, bucket, query):
        """Two keys a page."""
        keys = sorted(p[len(bucket) + 2:] for p in self.objects if p.startswith(f"/{bucket}/{query['prefix']}"))
        start = int(query.get("continuation-token", "0 ").split()[0])
        page, more = keys[start:start + 2], start + 2 < len(keys)
        token = f"<NextContinuationToken>{start + 2} a/b+c=</NextContinuationToken>" if more else ""
        body = "".join(f"<Contents><Key>{urllib.parse.quote_plus(key, safe='/')}</Key></Contents>" for key in page)
        handler.reply(200, (f"<?xml version='1.0'?><ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}"
                            f"<EncodingType>url</EncodingType>{body}</ListBucketResult>").encode())


def git_backend(root):
    """Repositories below a folder, by git's own CGI program."""
    program = os.path.join(subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip(),
                           "git-http-backend")

    def answer(handler):
        url = urllib.parse.urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        env = {"GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": url.path, "QUERY_STRING": url.query,
               "REQUEST_METHOD": handler.command, "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
               "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""), "PATH": os.environ["PATH"], "HOME": str(root),
               "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
               "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        out = subprocess.run([program], input=body, env=env, capture_output=True, check=False).stdout
        head, _, content = out.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        handler.reply(status, content, [(name, value) for name, value in headers if name != "Status"])
    return answer
