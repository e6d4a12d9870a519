"""Artifacts: what tasks find on their disks, what is refused, what is fetched again. Numbers are of the cases."""
import hashlib
import io
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import unittest
import zipfile

import artifact_servers
import harness
from harness import NO_RESCHEDULING, NO_RESTARTS, E2eTest, group_job, need_root, shell_task, wait_for


def tar(entries, mode="w:gz"):
    """(TarInfo or name, bytes) → an archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for entry, content in entries:
            info = entry if isinstance(entry, tarfile.TarInfo) else tarfile.TarInfo(entry)
            if info.isreg():
                info.size = len(content)
                info.mode = 0o755 if info.mode == 0o644 else info.mode
            archive.addfile(info, io.BytesIO(content) if info.isreg() else None)
    return out.getvalue()


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zipped(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def artifact(source, **keys):
    """HCL of a block; dictionaries are blocks in it."""
    def value(v):
        return "{\n" + "\n".join(f"{k} = {harness.json.dumps(x)}" for k, x in v.items()) + "\n}" if isinstance(v, dict) \
            else harness.json.dumps(v)
    lines = [f"{k} {value(v)}" if isinstance(v, dict) else f"{k} = {value(v)}" for k, v in keys.items()]
    return "artifact {\n" + "\n".join([f"source = {harness.json.dumps(source)}", *lines]) + "\n}\n"


def job(name, artifacts, script="true", more="", restart=NO_RESTARTS, group_more=""):
    return group_job(name, shell_task("t", script, more=artifacts), kind="batch", more=more, restart=restart,
                     group=NO_RESCHEDULING + "\n" + group_more)


def events(alloc):
    return [(e["Type"], e["DisplayMessage"]) for e in alloc["TaskStates"]["t"]["Events"]]


class ArtifactTest(E2eTest):
    def serve(self, answer, **kwargs):
        server = artifact_servers.Server(answer, **kwargs)
        self.addCleanup(server.close)
        return server

    def files(self, contents):
        return self.serve(artifact_servers.files(contents))

    def output(self, agent, name, artifacts, script, **kwargs):
        result = self.run_job(agent, job(name, artifacts, script, **kwargs))
        self.assertEqual(result.code, 0, (result, agent.api.allocs(name)))
        alloc = agent.api.alloc_with_status(name, "complete")
        return agent.api.logs(alloc["ID"], "t")

    def failure(self, agent, name, artifacts, **kwargs):
        """The message of the failed download."""
        self.run_job(agent, job(name, artifacts, **kwargs), "-detach")
        alloc = agent.api.alloc_with_status(name, "failed")
        found = [message for kind, message in events(alloc) if kind == "Failed Artifact Download"]
        self.assertTrue(found, events(alloc))
        return found[-1]


@need_root
class Artifacts(ArtifactTest):
    def test_folders_of_a_google_bucket(self):
        server = self.files({
            "/storage/v1/b/models/o": b'{"items": [{"name": "tiny/config", "size": "7"}, {"name": "tiny/deep/weights", "size": "8"}]}',
            "/storage/v1/b/models/o/tiny%2Fconfig": b"config\n", "/storage/v1/b/models/o/tiny%2Fdeep%2Fweights": b"weights\n"})
        agent = self.single()
        out = self.output(agent, "gcs", artifact(f"gcs::{server.url}/storage/v1/models/tiny", destination="local/a") +
                          artifact(f"gcs::{server.url}/storage/v1/models/tiny/config", destination="local/b"),
                          "cd local; cat a/config a/deep/weights b/config")
        self.assertEqual(out, "config\nweights\nconfig\n")

    def test_files_and_archives_are_where_the_task_looks(self):
        server = self.files({
            "/plain.txt": b"plain\n",
            "/app.tar.gz": tar([("bin/run", b"#!/bin/sh\necho ran\n"), ("etc/conf", b"conf\n")]),
            "/app.zip": zipped([("z/one", b"zip\n")]),
            "/secret": lambda h: h.reply(200, b"key\n") if h.headers.get("X-Token") == "from-meta" else h.reply(401),
            "/note.txt.gz": __import__("gzip").compress(b"note\n"),
            "/sums": (hashlib.sha256(b"plain\n").hexdigest() + "  plain.txt\n").encode()})
        agent = self.single()
        out = self.output(
            agent, "where",
            artifact(f"{server.url}/plain.txt", options={"checksum": "md5:" + hashlib.md5(b"plain\n").hexdigest()}) +
            artifact(f"{server.url}/plain.txt?checksum=file:{server.url}/sums", destination="renamed", mode="file") +
            artifact(f"{server.url}/app.tar.gz", destination="${NOMAD_TASK_DIR}/app") +
            artifact(f"{server.url}/app.tar.gz//etc", destination="local/sub") +
            artifact(f"{server.url}/app.zip", destination="${NOMAD_ALLOC_DIR}/data") +
            artifact(f"{server.url}/secret", destination="secrets/", headers={"X-Token": "${NOMAD_META_token}"}) +
            artifact(f"{server.url}/note.txt.gz", options={"archive": "gz"}),
            "cd ..; cd t; cat local/plain.txt renamed; local/app/bin/run; cat local/sub/conf ../alloc/data/z/one "
            "secrets/secret local/note.txt; stat -c '%U %a' local/plain.txt local/app/bin/run; ls -a .. | grep fetch || true",
            more='meta { token = "from-meta" }')
        self.assertEqual(out, "plain\nplain\nran\nconf\nzip\nkey\nnote\nroot 644\nroot 755\n")
        alloc = agent.api.alloc_with_status("where", "complete")
        self.assertIn(("Downloading Artifacts", "Client is downloading artifacts"), events(alloc))

    def test_the_download_runs_without_privileges(self):
        seen = {}

        def look(handler):
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
                    if line.startswith(b"drover-fetch\0"):
                        seen["status"] = pathlib.Path(f"/proc/{pid}/status").read_text()
                        seen["environ"] = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
                        seen["mounts"] = pathlib.Path(f"/proc/{pid}/mounts").read_text()
                except OSError:
                    pass
            handler.reply(200, b"x")
        server = self.files({"/x": look})
        agent = self.single()
        self.output(agent, "nobody", artifact(f"{server.url}/x"), "true")
        status = dict(line.split(":", 1) for line in seen["status"].splitlines() if ":" in line)
        self.assertEqual(status["Uid"].split(), ["65534"] * 4)
        self.assertEqual(status["NoNewPrivs"].strip(), "1")
        self.assertEqual(int(status["CapEff"], 16), 0)
        self.assertEqual(int(status["CapPrm"], 16), 0)
        self.assertEqual(seen["environ"], b"")
        root = [line.split() for line in seen["mounts"].splitlines() if line.split()[1] == "/"]
        self.assertTrue(root[-1][3].startswith("ro"), root)

    def test_failures_say_why_and_are_tried_as_the_restart_policy_says(self):
        server = self.files({"/x": b"x"})
        agent = self.single()
        why = self.failure(agent, "gone", artifact(f"{server.url}/missing?token=hunter2"),
                           restart='attempts = 1\ndelay = "50ms"\ninterval = "1m"\nmode = "fail"')
        self.assertEqual(why, f'failed to download artifact "{server.url}/missing?token=redacted": 404 Not Found')
        self.assertEqual(len(server.requests), 2)
        why = self.failure(agent, "sum", artifact(f"{server.url}/x", options={"checksum": "md5:" + "0" * 32}))
        self.assertIn("checksums did not match", why)
        why = self.failure(agent, "down", artifact("http://127.0.0.1:1/x"))
        self.assertIn("127.0.0.1", why)

    def test_what_has_come_is_not_fetched_again(self):
        server = self.files({"/x": b"x\n"})
        agent = self.single()
        text = job("again", artifact(f"{server.url}/x"), "cat local/x; test -e local/ran || { touch local/ran; exit 1; }; sleep 1000",
                   restart='attempts = 3\ndelay = "50ms"\ninterval = "1m"\nmode = "fail"').replace('"batch"', '"service"')
        self.run_job(agent, text, "-detach")
        alloc = wait_for("the second run", lambda: next((a for a in agent.api.allocs("again")
                                                         if a["TaskStates"]["t"]["Restarts"] == 1 and
                                                         a["TaskStates"]["t"]["State"] == "running"), None))
        agent.kill()
        agent.start()
        agent.api.running("again")
        harness.cli(agent, "alloc", "restart", alloc["ID"])
        wait_for("the third run", lambda: agent.api.logs(alloc["ID"], "t") == "x\n" * 3)
        self.assertEqual(server.requests, ["/x"])

    def test_case_50_and_52_archives_that_attack(self):
        out = f"/tmp/drover-escape-{os.getpid()}"
        self.addCleanup(lambda: pathlib.Path(out).unlink(missing_ok=True))
        many = zipped([(f"f{i}", b"") for i in range(60)])
        archives = {
            "dotdot": (tar([("../../../../../../../../../../" + out, b"x")]), "leaves the archive"),
            "absolute": (tar([(out, b"x")]), "absolute"),
            "slip": (zipped([("../../x", b"x")]), "leaves the archive"),
            "link": (tar([(special("l", tarfile.SYMTYPE, "/tmp"), b""), (f"l/{os.path.basename(out)}", b"x")]), "link out of"),
            "through": (tar([(special("l", tarfile.SYMTYPE, "."), b""), ("l/x", b"x")]), "symbolic link"),
            "hard": (tar([(special("h", tarfile.LNKTYPE, "/etc/passwd"), b"")]), "absolute"),
            "device": (tar([(special("d", tarfile.CHRTYPE), b"")]), "device"),
            "fifo": (tar([(special("d", tarfile.FIFOTYPE), b"")]), "device"),
            "bomb": (tar([("zeros", bytes(3_000_000))]), "more than this agent unpacks"),
            "many": (many, "more files than this agent unpacks (50)"),
            "same": (tar([("x", b"")] * 60), "more files than this agent unpacks (50)"),
            "name": (tar([("n" * 300, b"x")]), "cannot be used"),
        }
        server = self.files({f"/{name}{'.zip' if body.startswith(b'PK') else '.tar.gz'}": body
                             for name, (body, _) in archives.items()})
        agent = self.single(extra="""client {
          artifact {
            decompression_size_limit = "2MB"
            decompression_file_count_limit = 50
          }
        }""")
        for name, (body, _) in archives.items():
            source = f"{server.url}/{name}{'.zip' if body.startswith(b'PK') else '.tar.gz'}"
            self.assertEqual(self.run_job(agent, job(name, artifact(source)), "-detach").code, 0)
        for name, (_, expected) in archives.items():
            alloc = agent.api.alloc_with_status(name, "failed")
            self.assertTrue(any(expected in message for _, message in events(alloc)), (name, events(alloc)))
        self.assertFalse(os.path.exists(out))

    def test_case_50_endless_and_silent_servers(self):
        def endless(handler):
            handler.send_response(200)
            handler.end_headers()
            while True:
                handler.wfile.write(b"x" * 65536)

        def silent(handler):
            handler.connection.recv(1)  # until the client goes
        server = self.files({"/endless": endless, "/silent": silent})
        agent = self.single(extra="""client {
          artifact {
            http_max_size = "10MB"
            http_read_timeout = "1s"
          }
        }""")
        self.assertIn("larger than this agent downloads", self.failure(agent, "endless", artifact(f"{server.url}/endless")))
        self.assertIn("too long", self.failure(agent, "silent", artifact(f"{server.url}/silent")))

    def test_case_52_links_that_a_task_planted(self):
        target = tempfile.mkdtemp(prefix="drover-planted-")
        self.addCleanup(shutil.rmtree, target)
        server = self.files({"/x": b"x", "/good": b"good"})
        agent = self.single()
        planting = f"cd ../t && rm -rf local && ln -s {target} local && ln -s {target}/good file"
        first = f"""task "first" {{
          driver = "raw_exec"
          lifecycle {{ hook = "prestart" }}
          config {{
            command = "/bin/sh"
            args = ["-c", "{planting}"]
          }}
          resources {{
            cpu = 20
            memory = 16
          }}
        }}"""
        text = job("plant", artifact(f"{server.url}/good", destination="file", mode="file") +
                   artifact(f"{server.url}/x", destination="local/"), group_more=first)
        self.run_job(agent, text, "-detach")
        alloc = agent.api.alloc_with_status("plant", "failed")
        self.assertTrue(any("symbolic link" in message for _, message in events(alloc)), events(alloc))
        self.assertEqual(os.listdir(target), [])

    def test_case_53_destinations_that_leave(self):
        server = self.files({"/x": b"x"})
        agent = self.single()
        for number, path in enumerate(["../../../../../../tmp", "../other/local", "/../.."]):
            why = self.failure(agent, f"leave{number}", artifact(f"{server.url}/x", destination="${NOMAD_META_where}/x"),
                               more=f'meta {{ where = "{path}" }}')
            self.assertIn("escapes the alloc directory", why)
        self.assertEqual(server.requests, [])

    def test_case_56_sources_that_attack(self):
        server = self.files({"/meta": lambda h: h.reply(302, headers=[("Location", "http://169.254.169.254/latest/meta-data/")]),
                             "/file": lambda h: h.reply(302, headers=[("Location", "file:///etc/shadow")])})
        agent = self.single()
        sources = {"file:///etc/shadow": '"file" is refused', "git::file:///etc": "refused", "git::ext::sh -c id": "no scheme",
                   "git::https://-oProxyCommand=touch/x": "no host",
                   f"git::{server.url}/r.git?ref=--upload-pack=id": "no name of a revision",
                   "http://169.254.169.254/latest/": "link-local", f"{server.url}/meta": "link-local",
                   f"{server.url}/file": "redirects", "git::http://169.254.169.254/r.git": "link-local",
                   f"hg::{server.url}/r?rev=--config": "no name of a revision"}
        for number, source in enumerate(sources):
            text = job(f"attack{number}", artifact("${NOMAD_META_source}"), more=f'meta {{ source = {harness.json.dumps(source)} }}')
            self.assertEqual(self.run_job(agent, text, "-detach").code, 0)
        for number, (source, expected) in enumerate(sources.items()):
            alloc = agent.api.alloc_with_status(f"attack{number}", "failed")
            self.assertTrue(any(expected in message for _, message in events(alloc)), (source, events(alloc)))

    def test_s3_with_verified_signatures(self):
        objects = {"/bucket/app dir/plus+and=more.txt": b"odd\n", "/bucket/app dir/a.txt": b"a\n",
                   "/bucket/app dir/sub/b.txt": b"b\n", "/bucket/z.tar.gz": tar([("in", b"tar\n")])}
        s3 = artifact_servers.S3(objects, token="session/token==")
        server = self.serve(s3)
        agent = self.single()
        keys = {"aws_access_key_id": s3.key_id, "aws_access_key_secret": s3.secret, "aws_access_token": s3.token,
                "region": s3.region}
        out = self.output(agent, "s3",
                          artifact(f"s3::{server.url}/bucket/app%20dir/plus%2Band%3Dmore.txt", options=keys) +
                          artifact(f"s3::{server.url}/bucket/z.tar.gz", options=keys) +
                          artifact(f"s3::{server.url}/bucket/app%20dir", options=keys, destination="local/all"),
                          "cd local; cat plus+and=more.txt in all/a.txt all/sub/b.txt all/plus+and=more.txt")
        self.assertEqual(out, "odd\ntar\na\nb\nodd\n")
        self.assertGreater(s3.verified, 5)
        why = self.failure(agent, "wrong", artifact(f"s3::{server.url}/bucket/z.tar.gz",
                                                    options={**keys, "aws_access_key_secret": "hunter2"}))
        self.assertIn("403 Forbidden (SignatureDoesNotMatch)", why)
        self.assertNotIn("hunter2", agent.log.read_text())
        self.assertIn("AccessDenied", self.failure(agent, "anonymous", artifact(f"s3::{server.url}/bucket/z.tar.gz")))
        public = self.serve(artifact_servers.S3(objects, key_id=""))
        self.assertEqual(self.output(agent, "public", artifact(f"s3::{public.url}/bucket/z.tar.gz"), "cat local/in"), "tar\n")


if __name__ == "__main__":
    unittest.main()
