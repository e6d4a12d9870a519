"""S3 against a server that checks signatures with Amazon's own library (npm's @smithy/signature-v4): artifacts and assets."""
import base64
import functools
import hashlib
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

from harness import E2eTest, asset, need_root
from test_artifacts import artifact, events, job

LIBRARIES = ["@smithy/signature-v4@5", "@aws-crypto/sha256-js@5"]
INSTALL_SECONDS = 120
REGION = "eu-west-1"
CREDENTIALS = {"accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
TOKEN = "IQoJb3JpZ2lu/session+token=="
KEYS = {"aws_access_key_id": CREDENTIALS["accessKeyId"], "aws_access_key_secret": CREDENTIALS["secretAccessKey"],
        "region": REGION}

OBJECTS = {
    "bucket/app dir/a.txt": b"a\n", "bucket/app dir/plus+and=more&(1)!*'~.txt": b"odd\n",
    "bucket/app dir/sub/\u00fcml\u00e4ut \u96ea.txt": b"unicode\n", "bucket/app dir/100%25.txt": b"percent\n",
    "bucket/app dir/z": b"z\n", "bucket/broken/large": bytes(range(256)) * 4000,
    "bucket/versioned": b"new\n", "bucket/versioned?v+1/=": b"old\n",
}


@functools.cache
def library():
    """(folder with the library, "") or ("", why it is not there); for the whole run."""
    if not shutil.which("npm") or not shutil.which("node"):
        return "", "there is no npm and node here"
    folder = tempfile.TemporaryDirectory(prefix="drover-e2e-npm-")
    unittest.addModuleCleanup(folder.cleanup)
    try:
        done = subprocess.run(["npm", "install", "--prefix", folder.name, "--no-audit", "--no-fund", "--ignore-scripts", *LIBRARIES],
                              capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return "", f"npm did not bring {LIBRARIES} within {INSTALL_SECONDS} s"
    if done.returncode != 0:
        return "", f"npm cannot bring {LIBRARIES}: {done.stderr.strip()[-300:]}"
    return folder.name, ""


@need_root
class S3(E2eTest):
    def setUp(self):
        self.library, why = library()
        if why:
            self.skipTest(f"signatures are not checked by Amazon's library: {why}")

    def serve(self, credentials):
        """The port of a server with the objects; `credentials` None: everybody may read."""
        process = subprocess.Popen(["node", str(pathlib.Path(__file__).with_name("s3_server.mjs"))], cwd=self.library,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        objects = {name: base64.b64encode(body).decode() for name, body in OBJECTS.items()}
        process.stdin.write(json.dumps({"credentials": credentials, "region": REGION, "objects": objects}).encode())
        process.stdin.close()
        return int(process.stdout.readline())

    def requests(self, port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/requests", timeout=30) as answer:
            return json.loads(answer.read())

    def output(self, agent, name, blocks, script):
        result = self.run_job(agent, job(name, blocks, script))
        self.assertEqual(result.code, 0, (result, agent.api.allocs(name)))
        return agent.api.logs(agent.api.alloc_with_status(name, "complete")["ID"], "t")

    def failure(self, agent, name, block):
        self.run_job(agent, job(name, block), "-detach")
        return " ".join(message for _, message in events(agent.api.alloc_with_status(name, "failed")))

    def test_objects_and_prefixes_by_path(self):
        agent = self.single()
        for number, credentials in enumerate((CREDENTIALS, {**CREDENTIALS, "sessionToken": TOKEN})):
            port = self.serve(credentials)
            keys = {**KEYS, "aws_access_token": TOKEN} if "sessionToken" in credentials else KEYS
            url = f"s3::http://127.0.0.1:{port}/bucket"
            out = self.output(
                agent, f"path{number}",
                artifact(f"{url}/app%20dir/plus%2Band%3Dmore%26%281%29%21%2A%27~.txt", options=keys) +
                artifact(f"{url}/app%20dir/sub/%C3%BCml%C3%A4ut%20%E9%9B%AA.txt", options=keys) +
                artifact(f"{url}/app%20dir/100%2525.txt", options=keys) +
                artifact(f"{url}/versioned", options={**keys, "version": "v+1/="}) +
                artifact(f"{url}/app%20dir", options=keys, destination="local/all") +
                artifact(f"{url}/broken/large", options=keys),
                "cd local; cat plus* \u00fc* 100* versioned; find all -type f | sort; cat all/z; wc -c < large; sha256sum large")
            large = OBJECTS["bucket/broken/large"]
            self.assertEqual(out.splitlines(), [
                "odd", "unicode", "percent", "old", "all/100%25.txt", "all/a.txt", "all/plus+and=more&(1)!*'~.txt",
                "all/sub/\u00fcml\u00e4ut \u96ea.txt", "all/z", "z", str(len(large)),
                hashlib.sha256(large).hexdigest() + "  large"])
            seen = self.requests(port)
            self.assertEqual({request["problem"] for request in seen}, {""}, seen)
            self.assertTrue(any(request["range"] for request in seen), seen)  # it went on where the first answer ended

    def test_wrong_credentials_are_named_and_not_shown(self):
        agent = self.single()
        port = self.serve({**CREDENTIALS, "sessionToken": TOKEN})
        url = f"s3::http://127.0.0.1:{port}/bucket/versioned"
        good = {**KEYS, "aws_access_token": TOKEN}
        for number, (options, code) in enumerate((({**good, "aws_access_key_secret": "hunter2"}, "SignatureDoesNotMatch"),
                                                  ({**good, "aws_access_token": "hunter2"}, "InvalidToken"),
                                                  ({**good, "region": "us-east-1"}, "SignatureDoesNotMatch"),
                                                  ({"region": REGION}, "AccessDenied"))):
            self.assertIn(f"403 Forbidden ({code})", self.failure(agent, f"wrong{number}", artifact(url, options=options)))
        self.assertNotIn("hunter2", agent.log.read_text())
        public = self.serve(None)
        self.assertEqual(self.output(agent, "public", artifact(f"s3::http://127.0.0.1:{public}/bucket/versioned"),
                                     "cat local/versioned"), "new\n")

    def test_a_bucket_by_virtual_host(self):
        port = self.serve(CREDENTIALS)
        hosts = pathlib.Path(tempfile.mkdtemp(prefix="drover-e2e-hosts-"))
        self.addCleanup(shutil.rmtree, hosts)
        names = [f"bucket.s3.{REGION}.amazonaws.com", f"bucket.s3-{REGION}.amazonaws.com"]
        (hosts / "hosts").write_text("".join(f"127.0.0.1 {name}\n" for name in names))
        agent = self.single(wrapper=["unshare", "-m", "sh", "-c", f'mount --bind {hosts}/hosts /etc/hosts && exec "$@"', "sh"])
        blocks = artifact(f"s3::http://{names[0]}:{port}/app%20dir/a.txt", options=KEYS) + \
            artifact(f"s3::http://{names[1]}:{port}/app%20dir", options=KEYS, destination="local/all")
        self.assertEqual(self.output(agent, "virtual", blocks, "cd local; cat a.txt all/a.txt all/sub/*"), "a\na\nunicode\n")
        seen = self.requests(port)
        self.assertEqual(({request["problem"] for request in seen}, {request["host"] for request in seen}), ({""}, set(names)))

    def test_an_asset_with_credentials(self):
        agent = self.single()
        port = self.serve(CREDENTIALS)
        block = asset(type="S3", target="/set", url=f"http://127.0.0.1:{port}", bucket="bucket", region=REGION,
                      access_key_id=KEYS["aws_access_key_id"], secret_access_key=KEYS["aws_access_key_secret"])
        out = self.output(agent, "asset", block, 'cd "$DROVER_ASSET_0"; cat "app dir/sub/"* versioned')
        self.assertEqual(out, "unicode\nnew\n")
        seen = self.requests(port)
        self.assertEqual({request["problem"] for request in seen}, {""}, seen)


if __name__ == "__main__":
    unittest.main()
