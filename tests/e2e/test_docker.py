"""Docker on the real engine: output, exec, limits, private images, restarts of the daemon, and nothing left behind;
what reaches the host (cases.md 58)."""
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

import harness
from harness import NO_RESCHEDULING, E2eTest, docker, group_job, need_root, shell_task, wait_for
from test_nosana import definition, op, submit

COPIES = 4
HTPASSWD = "drover:$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG\n"  # drover:s3cret


def job(name, script, *, kind="service", image="busybox:1", config="", more=""):
    return group_job(name, shell_task("t", script, driver="docker", config=f'image = "{image}"\n{config}', memory=32, more=more),
                     kind=kind)


def events_of(alloc):
    return [event for state in alloc["TaskStates"].values() for event in state["Events"] or []]


class ContainerLife:
    """What a task in a container goes through, on any engine with Docker's API. The test has `agent()`, an agent of it, and
    `containers(alloc)`, the engine's containers of an allocation, one a line."""

    def test_a_task_from_its_start_to_its_end(self):
        agent = self.agent()
        self.assertEqual(self.run_job(agent, job("life", "trap 'echo got it' HUP; echo up; while :; do sleep 0.05; done",
                                                 config="pids_limit = 50")).code, 0)
        alloc = agent.api.running("life")[0]["ID"]
        wait_for("output", lambda: "up\n" in agent.api.logs(alloc, "t"))
        signalled = harness.cli(agent, "alloc", "signal", "-s", "SIGHUP", alloc)
        self.assertEqual(signalled.code, 0, signalled)
        ran = harness.cli(agent, "alloc", "exec", "-t=false", alloc, "/bin/sh", "-c", "cat; exit 7", stdin="typed")
        self.assertEqual((ran.code, ran.out), (7, "typed"), ran)
        wait_for("the signal's output", lambda: "got it" in agent.api.logs(alloc, "t"))
        agent.kill()
        agent.start()
        agent.api.running("life")
        self.assertEqual(harness.cli(agent, "job", "stop", "life").code, 0)
        wait_for("no container", lambda: not self.containers(alloc))


@need_root
@harness.need_docker
class Docker(ContainerLife, E2eTest):
    def setUp(self):
        harness.busybox_image()

    def agent(self):
        return self.single()

    @staticmethod
    def containers(alloc):
        return docker("ps", "-aq", "--filter", f"name={alloc}").stdout.strip()

    def test_a_task_that_takes_too_much_memory_is_killed_as_such(self):
        agent = self.single()
        self.run_job(agent, job("hog", "tail /dev/zero", kind="batch"), "-detach")
        events = events_of(agent.api.alloc_with_status("hog", "failed"))
        self.assertTrue(any("OOM" in event["DisplayMessage"] for event in events), events)

    def test_case_58_what_reaches_the_host_is_not_placed(self):
        agent = self.single()
        attacks = ('privileged = true', 'pid_mode = "host"', 'network_mode = "host"', 'volumes = ["/:/host"]',
                   'volumes = ["/var/run/docker.sock:/s"]', 'cap_add = ["sys_admin"]',
                   'volume_driver = "local"\nvolumes = ["named:/host"]',
                   'ipc_mode = "host"', 'uts_mode = "host"', 'userns_mode = "host"', 'network_mode = "container:other"',
                   'devices = [{ host_path = "/dev/null" }]', 'security_opt = ["seccomp=unconfined"]', 'cap_add = ["NET_RAW"]',
                   'mount {\ntype = "bind"\ntarget = "/host"\nsource = "/"\n}', 'cgroupns = "host"', 'runtime = "other"')
        for config in attacks:
            ran = self.run_job(agent, job("attack", "sleep 1000", kind="batch", config=config))
            self.assertEqual(ran.code, 2, ran)
            self.assertIn(f"driver docker does not allow {config.split()[0]}", ran.out + ran.err)
        self.assertEqual(agent.api.allocs("attack"), [])
        why = harness.cli(agent, "job", "explain", "attack")
        self.assertIn("docker plugin option allow_runtimes, which needs other", why.out + why.err)

    def test_case_58_what_only_the_node_can_see_is_refused_there(self):
        agent = self.single()
        attacks = ('volumes = ["../../../../..:/host"]', 'cap_add = ["${attr.kernel.name}"]')
        for number, config in enumerate(attacks):
            name = f"attack{number}"
            self.run_job(agent, job(name, "sleep 1000", kind="batch", config=config), "-detach")
            alloc = agent.api.alloc_with_status(name, "failed")
            messages = [e["DisplayMessage"] for e in events_of(alloc)]
            self.assertTrue(any("this node" in m for m in messages), messages)
            self.assertEqual(docker("ps", "-aq", "--filter", f"name={alloc['ID']}").stdout, "")

    def test_what_the_operator_allows_is_placed(self):
        agent = self.single(extra='plugin "docker" {\nconfig {\nallow_host_modes = ["pid"]\nallow_caps = ["chown", "net_raw"]\n}\n}')
        config = 'pid_mode = "host"\ncap_add = ["net_raw"]'
        self.assertEqual(self.run_job(agent, job("allowed", "sleep 1000", config=config)).code, 0)

    def test_case_58_a_volume_that_becomes_a_link_after_it_was_checked(self):
        agent = self.single()
        secret = agent.folder / "victim"
        secret.mkdir()
        (secret / "file").write_text("of the host")
        swap = f"""cd "$NOMAD_ALLOC_DIR/data"; mkdir dir; ln -s {secret} link
            while :; do mv -T dir away; mv -T link dir; sleep 0.02; mv -T dir link; mv -T away dir; sleep 0.02; done"""
        swapper = shell_task("swap", swap, more='lifecycle {\nhook = "prestart"\nsidecar = true\n}')
        looker = shell_task("t", "ls /mounted; echo looked", driver="docker", memory=32,
                            config='image = "busybox:1"\nvolumes = ["../alloc/data/dir:/mounted"]')
        text = group_job("race", swapper, looker, kind="batch", group=f"count = {COPIES}\n{NO_RESCHEDULING}")
        self.assertEqual(self.run_job(agent, text, "-detach").code, 0)
        allocs = wait_for("their ends", lambda: [a for a in agent.api.allocs("race") if a["ClientStatus"] in (
            "complete", "failed")][COPIES - 1:] and agent.api.allocs("race"))
        for alloc in allocs:
            # Either the directory was mounted, or the link was met and refused, or one was found that is no more.
            if alloc["ClientStatus"] == "complete":
                self.assertEqual(agent.api.logs(alloc["ID"], "t"), "looked\n")
            else:
                messages = " ".join(event["DisplayMessage"] for event in alloc["TaskStates"]["t"]["Events"])
                self.assertRegex(messages, "outside of the allocation|symbolic link|no such file")
        self.assertNotIn(str(agent.folder) + "/data/client", pathlib.Path("/proc/mounts").read_text())

    def test_a_container_that_no_task_is_known_for_is_removed(self):
        agent = self.single(extra="""plugin "docker" {
          config {
            gc {
              dangling_containers {
                period = "200ms"
                creation_grace = "0s"
              }
            }
          }
        }""")
        data = f"{agent.folder}/data"
        orphan = docker("run", "-d", "--label", f"dev.drover.node={data}", "--label", "dev.drover.alloc_id=gone",
                        "busybox:1", "/bin/sleep", "1000").stdout.strip()
        stranger = docker("run", "-d", "--label", "dev.drover.node=/elsewhere", "--label", "dev.drover.alloc_id=x",
                          "busybox:1", "/bin/sleep", "1000").stdout.strip()
        self.addCleanup(docker, "rm", "-f", orphan, stranger)
        wait_for("the orphan's removal", lambda: docker("inspect", orphan).returncode != 0)
        self.assertEqual(docker("inspect", stranger).returncode, 0)


def pump(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        if isinstance(sink, ssl.SSLSocket):
            sink.unwrap()
        else:
            sink.shutdown(socket.SHUT_WR)
    except (OSError, ValueError):
        pass


class TlsDaemon:
    """The machine's daemon behind TLS: lets in who has a certificate of the authority in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("ca", "stranger"):
            self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                         "-keyout", f"{name}.key", "-out", f"{name}.pem")
        for name in ("server", "agent"):
            (folder / f"{name}.ext").write_text("subjectAltName = IP:127.0.0.1\n")
            self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                         "-out", f"{name}.csr")
            self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                         "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "server.pem", folder / "server.key")
        self.context.load_verify_locations(folder / "ca.pem")
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.forward, args=(client,), daemon=True).start()

    def forward(self, client):
        try:
            client = self.context.wrap_socket(client, server_side=True)
        except OSError:
            return
        daemon = socket.socket(socket.AF_UNIX)
        daemon.connect("/var/run/docker.sock")
        threading.Thread(target=pump, args=(daemon, client), daemon=True).start()
        pump(client, daemon)

    def plugin(self, who):
        return f"""plugin "docker" {{
          config {{
            endpoint = "tcp://127.0.0.1:{self.port}"
            tls {{
              cert = "{self.folder}/{who}.pem"
              key  = "{self.folder}/{who}.key"
              ca   = "{self.folder}/ca.pem"
            }}
          }}
        }}"""


@need_root
@harness.need_docker
@unittest.skipUnless(shutil.which("openssl"), "there is no openssl")
class DaemonOnTcp(E2eTest):
    def setUp(self):
        harness.busybox_image()
        folder = pathlib.Path(tempfile.mkdtemp(prefix="drover-tls-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.daemon = TlsDaemon(folder)
        self.addCleanup(self.daemon.listener.close)

    def test_who_has_a_certificate_runs_tasks(self):
        agent = self.single(extra=self.daemon.plugin("agent"))
        self.assertEqual(self.run_job(agent, job("far", "echo up; sleep 1000")).code, 0)
        alloc = agent.api.running("far")[0]["ID"]
        wait_for("output", lambda: agent.api.logs(alloc, "t") == "up\n")
        ran = harness.cli(agent, "alloc", "exec", "-t=false", alloc, "/bin/cat", stdin="typed")
        self.assertEqual((ran.code, ran.out), (0, "typed"), ran)
        self.assertEqual(harness.cli(agent, "job", "stop", "far").code, 0)
        wait_for("no container", lambda: not docker("ps", "-aq", "--filter", f"name={alloc}").stdout.strip())

    def test_a_strangers_node_says_why_it_has_no_docker(self):
        agent = self.single(extra=self.daemon.plugin("stranger"))
        node = agent.api.get("/v1/node/" + agent.api.get("/v1/nodes")[0]["ID"])
        driver = node["Drivers"]["docker"]
        self.assertFalse(driver["Healthy"])
        self.assertIn(f"tcp://127.0.0.1:{self.daemon.port}", driver["HealthDescription"])


@need_root
@harness.need_docker
@unittest.skipUnless(shutil.which("docker-registry"), "there is no docker-registry")
class PrivateRegistry(E2eTest):
    def setUp(self):
        harness.busybox_image()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drover-registry-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.host = f"127.0.0.1:{harness.free_ports(1)[0]}"
        (self.folder / "htpasswd").write_text(HTPASSWD)
        (self.folder / "config.yml").write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {self.folder}/data}}}}\n"
            f"http: {{addr: \"{self.host}\"}}\nauth: {{htpasswd: {{realm: r, path: {self.folder}/htpasswd}}}}\n")
        registry = subprocess.Popen(["docker-registry", "serve", str(self.folder / "config.yml")],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(registry.wait)
        self.addCleanup(registry.kill)
        self.image = f"{self.host}/team/app:1"
        self.addCleanup(docker, "rmi", self.image)
        config = ["--config", str(self.folder / "docker")]
        wait_for("the registry", lambda: docker(*config, "login", "-u", "drover", "--password-stdin", self.host,
                                                input="s3cret").returncode == 0)
        docker("tag", "busybox:1", self.image)
        self.assertEqual(docker(*config, "push", self.image).returncode, 0)
        docker("rmi", self.image)

    def test_credentials_of_the_task(self):
        agent = self.single()
        for name, auth in (("none", ""), ("wrong", 'auth {\n username = "drover"\n password = "wr0ng"\n }')):
            self.run_job(agent, job(name, "echo hi", kind="batch", image=self.image, config=auth), "-detach")
            messages = [e["DisplayMessage"] for e in events_of(agent.api.alloc_with_status(name, "failed"))]
            wanted = "unauthorized" if auth else "no basic auth credentials"
            self.assertTrue(any(f"cannot pull image {self.image}" in m and wanted in m for m in messages), messages)
            self.assertNotIn("wr0ng", " ".join(messages))
        right = 'auth {\n username = "drover"\n password = "s3cret"\n }'
        self.assertEqual(self.run_job(agent, job("right", "echo hi", kind="batch", image=self.image,
                                                 config=right)).code, 0)
        alloc = agent.api.alloc_with_status("right", "complete")
        self.assertEqual(agent.api.logs(alloc["ID"], "t"), "hi\n")
        self.assertTrue(any("Downloading image" in e["DisplayMessage"] for e in events_of(alloc)))

    def test_credentials_of_a_nosana_operation(self):
        agent = self.single()

        def run(name, password):
            credentials = {"docker": {"username": "drover", "password": password, "server": self.host}}
            submit(agent, name, definition(op("a", "echo hi", image=self.image, authentication=credentials)))
        run("nosana-wrong", "wr0ng")
        messages = [e["DisplayMessage"] for e in events_of(agent.api.alloc_with_status("nosana-wrong", "failed"))]
        self.assertTrue(any(f"cannot pull image {self.image}" in m and "unauthorized" in m for m in messages), messages)
        run("nosana-right", "s3cret")
        alloc = agent.api.alloc_with_status("nosana-right", "complete")
        self.assertEqual(agent.api.logs(alloc["ID"], "a"), "hi\n")
        shown = agent.log.read_text() + str(agent.api.get("/v1/job/nosana-right")) + str(agent.api.get("/v1/allocations"))
        for password in ("wr0ng", "s3cret"):
            self.assertNotIn(password, shown)

    def node_with_credentials(self, **kwargs):
        return self.single(extra=f"""plugin "docker" {{
          config {{
            auth {{ config = "{self.folder}/docker/config.json" }}
          }}
        }}""", **kwargs)

    def test_credentials_of_the_node(self):
        agent = self.node_with_credentials()
        self.assertEqual(self.run_job(agent, job("node", "echo hi", kind="batch", image=self.image)).code, 0)
        agent.api.alloc_with_status("node", "complete")

    def test_images_that_a_market_requires_come_with_the_credentials_of_the_node(self):
        agent = self.node_with_credentials(client_extra='node_pool = "m"')
        agent.api.put("/v1/market/m", {"slug": "m", "required_images": [self.image]})
        wait_for("the image", lambda: docker("image", "inspect", self.image).returncode == 0)


@need_root
@harness.need_docker
class DaemonAway(E2eTest):
    """A daemon of the test's own that can be stopped; in a network namespace, for it would take the other's bridge away."""

    def start_daemon(self):
        self.daemon = subprocess.Popen(
            ["unshare", "--net", "dockerd", "--host", f"unix://{self.folder}/docker.sock",
             "--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/exec", "--pidfile", f"{self.folder}/pid", "--bridge", "none",
             "--iptables=false", "--live-restore"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("dockerd", lambda: docker("-H", f"unix://{self.folder}/docker.sock", "info").returncode == 0)

    def stop_daemon(self):
        self.daemon.terminate()
        self.daemon.wait(timeout=30)

    def setUp(self):
        if not shutil.which("dockerd"):
            self.skipTest("there is no dockerd to start")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dd-"))
        self.addCleanup(subprocess.run, ["rm", "-rf", str(self.folder)], check=False)
        self.start_daemon()
        self.addCleanup(self.stop_daemon)

    def test_the_nodes_health_follows_the_daemon(self):
        agent = self.single(extra=f"""plugin "docker" {{
          config {{ endpoint = "unix://{self.folder}/docker.sock" }}
        }}""")

        def driver():
            node = agent.api.get("/v1/nodes")[0]["ID"]
            return agent.api.get(f"/v1/node/{node}")["Drivers"]["docker"]

        wait_for("a healthy driver", lambda: driver()["Healthy"])
        self.stop_daemon()
        wait_for("an unhealthy driver", lambda: not driver()["Healthy"] and
                 "not reachable" in driver()["HealthDescription"])
        self.start_daemon()
        wait_for("a healthy driver again", lambda: driver()["Healthy"])


if __name__ == "__main__":
    unittest.main()
