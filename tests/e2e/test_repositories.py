"""Artifacts from git and Mercurial repositories: revisions, submodules, credentials, and what their addresses may not reach."""
import base64
import contextlib
import os
import pathlib
import shutil
import socketserver
import subprocess
import tempfile
import threading
import unittest

import artifact_servers
from harness import host_address, need_root
from test_artifacts import ArtifactTest, artifact

GIT_ENV = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_ALLOW_PROTOCOL": "file"}


class Repositories(ArtifactTest):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="drover-repositories-"))
        self.addCleanup(shutil.rmtree, self.root)


class SshHost(socketserver.TCPServer):
    """Hangs up on its clients; `clients` are the arguments of each."""

    def __init__(self, address):
        super().__init__((address, 0), None)
        self.port = str(self.server_address[1])
        self.clients = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, *_):
        for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):  # it has ended
                arguments = file.read_text().split("\0")
                if arguments[0] == "ssh" and self.port in arguments:
                    self.clients.append(arguments)

    def close(self):
        self.shutdown()
        self.server_close()


def git(folder, *arguments):
    return subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@x", *arguments], cwd=folder, env=GIT_ENV, check=True,
                          capture_output=True, text=True).stdout.strip()


@need_root
class Git(Repositories):
    def repository(self, name, files, submodules=()):
        """A repository `name`.git with one commit; submodules are (path, address as written, folder of the repository)."""
        work = self.root / f"{name}.work"
        work.mkdir(parents=True)
        git(work, "init", "-q", "-b", "main")
        for path, content in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(content)
        lines = ""
        for path, address, of in submodules:
            git(work, "update-index", "--add", "--cacheinfo", f"160000,{git(of, 'rev-parse', 'main')},{path}")
            lines += f'[submodule "{path}"]\n\tpath = {path}\n\turl = {address}\n'
        if submodules:
            (work / ".gitmodules").write_text(lines)
        git(work, "add", *files, *([".gitmodules"] if submodules else []))
        git(work, "commit", "-qm", "first")
        self.publish(name)
        return work

    def publish(self, name):
        bare = self.root / f"{name}.git"
        shutil.rmtree(bare, ignore_errors=True)
        git(self.root, "clone", "-q", "--bare", f"{name}.work", bare)
        return bare

    def serve_guarded(self, status, moved, to):
        """Serves the repositories to whom knows the password, and leads from one path to another; the URL with the password."""
        backend = artifact_servers.git_backend(self.root)
        credentials = "Basic " + base64.b64encode(b"me:pw").decode()

        def answer(handler):
            if handler.path.startswith(moved):
                handler.reply(status, headers=[("Location", handler.path.replace(moved, to))])
            elif handler.headers.get("Authorization") != credentials:
                handler.reply(401)
            else:
                backend(handler)
        return self.serve(answer).url.replace("http://", "http://me:pw@")

    def test_revisions(self):
        work = self.repository("repo", {"dir/file": "one\n"})
        git(work, "tag", "one")
        (work / "dir/file").write_text("two\n")
        git(work, "commit", "-qam", "second")
        self.publish("repo")
        url = self.serve_guarded(301, "/moved", "/repo.git")
        agent = self.single()
        out = self.output(agent, "git", artifact(f"git::{url}/repo.git", destination="local/a") +
                          artifact(f"git::{url}/repo.git?ref=one&depth=1", destination="local/b") +
                          artifact(f"git::{url}/moved//dir", options={"ref": "main"}, destination="local/c"),
                          "cd local; cat a/dir/file b/dir/file c/file; ls -A a/.git/hooks 2>/dev/null | wc -l")
        self.assertEqual(out, "two\none\ntwo\n0\n")
        why = self.failure(agent, "noref", artifact(f"git::{url}/repo.git?ref=nothere"))
        self.assertIn("git: ", why)
        self.assertNotIn("pw@", why)

    def test_submodules(self):
        inner = self.repository("inner", {"file": "inner\n"})
        elsewhere = self.serve(artifact_servers.git_backend(self.root), address=host_address())
        seen = []
        elsewhere_answer = elsewhere.answer
        elsewhere.answer = lambda handler: (seen.append(handler.headers.get("Authorization")), elsewhere_answer(handler))
        library = self.repository("library", {"file": "library\n"}, [("deep/inner", "../inner.git", inner)])
        self.repository("app", {"main": "app\n"},
                        [("lib", "../moved.git", library), ("other", f"{elsewhere.url}/inner.git", inner)])
        url = self.serve_guarded(302, "/moved.git", "/library.git")
        agent = self.single()
        out = self.output(agent, "sub", artifact(f"git::{url}/app.git", destination="local/a") +
                          artifact(f"git::{url}/app.git//lib/deep?depth=1", destination="local/b"),
                          "cd local; cat a/main a/lib/file a/lib/deep/inner/file a/other/file b/inner/file")
        self.assertEqual(out, "app\nlibrary\ninner\ninner\ninner\n")
        self.assertEqual(set(seen), {None}, "credentials stay with their origin")

    def test_case_56_addresses_of_submodules_reach_no_more_than_others(self):
        inner = self.repository("inner", {"file": "inner\n"})
        agent = self.single()
        server = self.serve(artifact_servers.git_backend(self.root))
        neighbour = self.serve(artifact_servers.git_backend(self.root))
        attacks = {"file:///etc": "refused", str(self.root / "inner.git"): "no scheme", "ext::sh -c id": "no scheme",
                   "http://169.254.169.254/x.git": "link-local", "http://127.1.2.3:1/x.git": "127.1.2.3",
                   "https://-oProxyCommand=touch/x": "no host", f"{neighbour.url}/inner.git": "127.0.0.1",
                   "ssh://x%40169.254.169.254%3A80%2F@192.0.2.1/x.git": "user"}
        for number, (address, said) in enumerate(attacks.items()):
            self.repository(f"attack{number}", {"file": "x"}, [("sub", address, inner)])
            why = self.failure(agent, f"attack{number}", artifact(f"git::{server.url}/attack{number}.git"))
            self.assertIn("submodule sub", why)
            self.assertIn(said, why)

    def test_a_key_for_ssh_is_for_the_host_of_the_artifact(self):
        inner = self.repository("inner", {"file": "inner\n"})
        ssh = SshHost(host_address())
        self.addCleanup(ssh.close)
        self.repository("app", {"main": "app\n"}, [("lib", f"ssh://git@{host_address()}:{ssh.port}/lib.git", inner)])
        key = {"sshkey": base64.b64encode(b"a key").decode()}
        agent = self.single()
        for number, (address, given) in enumerate(((host_address(), True), ("127.0.0.1", False))):
            url = self.serve(artifact_servers.git_backend(self.root), address=address).url
            why = self.failure(agent, f"key{number}", artifact(f"git::{url}/app.git", options=key))
            self.assertIn("submodule lib: git: ", why)
            self.assertEqual({"-i" in arguments for arguments in ssh.clients}, {given}, (why, ssh.clients))
            ssh.clients.clear()

    def test_a_list_of_submodules_that_is_too_long_fails(self):
        inner = self.repository("inner", {"file": "inner\n"})
        work = self.repository("app", {"main": "app\n"}, [("lib", "../inner.git", inner)])
        modules = work / ".gitmodules"
        modules.write_text("[filler]\n\tlong = " + "x" * (2 << 20) + "\n" + modules.read_text())
        git(work, "commit", "-qam", "second")
        self.publish("app")
        url = self.serve(artifact_servers.git_backend(self.root)).url
        self.assertIn("git: it prints more than", self.failure(self.single(), "long", artifact(f"git::{url}/app.git")))


@need_root
@unittest.skipUnless(shutil.which("hg"), "Mercurial is not installed")
class Mercurial(Repositories):
    def hg(self, *arguments):
        subprocess.run(["hg", "--config", "ui.username=n", *arguments], cwd=self.root, env={**os.environ, "HGRCPATH": "/dev/null"},
                       check=True, capture_output=True)

    def serve_repository(self):
        process = subprocess.Popen(["hg", "serve", "-a", "127.0.0.1", "-p", "0", "--print-url"], cwd=self.root, text=True,
                                   env={**os.environ, "HGRCPATH": "/dev/null"}, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process.stdout.readline().strip().rstrip("/")

    def test_revisions(self):
        self.hg("init")
        for version in ("one", "two"):
            (self.root / "dir").mkdir(exist_ok=True)
            (self.root / "dir/file").write_text(version + "\n")
            self.hg("commit", "-A", "-m", version)
            self.hg("tag", "--local", version)
        url = self.serve_repository()
        agent = self.single()
        out = self.output(agent, "hg", artifact(f"hg::{url}", destination="local/a") +
                          artifact(f"hg::{url}?rev=0", destination="local/b") +
                          artifact(f"hg::{url}//dir", destination="local/c"), "cd local; cat a/dir/file b/dir/file c/file")
        self.assertEqual(out, "two\none\ntwo\n")
        self.assertIn("hg: ", self.failure(agent, "norev", artifact(f"hg::{url}?rev=nothere")))
        self.assertIn("no name of a revision", self.failure(agent, "flag", artifact(f"hg::{url}?rev=--config=x")))


if __name__ == "__main__":
    unittest.main()
