"""What the end-to-end tests share: agents of the real binary, its API and its command line, and local container images.

Nothing here sleeps to wait for something: `wait_for` polls a condition with a deadline and says what it last saw.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

DROVER = os.environ.get("DROVER", str(pathlib.Path(__file__).resolve().parents[2] / "build/release/drover"))
JOBS = pathlib.Path(__file__).resolve().parent / "jobs"
DEADLINE = float(os.environ.get("DROVER_E2E_DEADLINE", "60"))


def wait_for(what, condition, deadline=DEADLINE, pause=0.02):
    """The first true value of condition(); fails with what it last was or raised."""
    end = time.monotonic() + deadline
    last = None
    while time.monotonic() < end:
        try:
            last = condition()
            if last:
                return last
        except (OSError, ApiError, KeyError, IndexError, TypeError, ValueError) as error:
            last = error
        time.sleep(pause)
    raise AssertionError(f"waited {deadline:.0f} s for {what}; last seen: {last!r}")


def free_ports(count, address="127.0.0.1"):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind((address, 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def host_address():
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))
        except OSError:
            return "172.17.0.1"
        return probe.getsockname()[0]


class ApiError(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


class Api:
    """The HTTP API of one agent."""

    def __init__(self, url):
        self.url = url

    def raw(self, method, path, body=None, timeout=30, headers=None):
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return response.status, response.read(), response.headers
        except urllib.error.HTTPError as error:
            with error:
                raise ApiError(error.code, error.read().decode(errors="replace")) from None

    def get(self, path, **kwargs):
        return json.loads(self.raw("GET", path, **kwargs)[1])

    def put(self, path, body, **kwargs):
        return json.loads(self.raw("PUT", path, body, **kwargs)[1])

    def delete(self, path, **kwargs):
        return json.loads(self.raw("DELETE", path, **kwargs)[1])

    def allocs(self, job):
        return self.get(f"/v1/job/{job}/allocations")

    def running(self, job, count=1):
        """Waits until that many allocations of the job run; returns their stubs."""
        def look():
            allocs = self.allocs(job)
            running = [a for a in allocs if a["ClientStatus"] == "running" and a["DesiredStatus"] == "run"]
            if len(running) != count:
                raise ValueError([(a["Name"], a["ClientStatus"], task_events(a)) for a in allocs])
            return running
        return wait_for(f"{count} running allocations of {job}", look)

    def alloc_with_status(self, job, status):
        def look():
            allocs = self.allocs(job)
            found = [a for a in allocs if a["ClientStatus"] == status]
            if not found:
                raise ValueError([(a["Name"], a["ClientStatus"], task_events(a)) for a in allocs])
            return found[0]
        return wait_for(f"a {status} allocation of {job}", look)

    def ports(self, alloc_id):
        """label → (ip, port) of an allocation's task ports, as Nomad's clients read them."""
        ports = {}
        for task in (self.get(f"/v1/allocation/{alloc_id}")["TaskResources"] or {}).values():
            for network in task["Networks"] or []:
                for port in (network.get("DynamicPorts") or []) + (network.get("ReservedPorts") or []):
                    ports[port["Label"]] = (network["IP"], port["Value"])
        return ports

    def logs(self, alloc_id, task, stream="stdout"):
        path = f"/v1/client/fs/logs/{alloc_id}?task={task}&type={stream}&plain=true"
        return self.raw("GET", path)[1].decode(errors="replace")


def task_events(alloc):
    return [f"{event['Type']}: {event['DisplayMessage']}"
            for state in (alloc.get("TaskStates") or {}).values() for event in (state["Events"] or [])[-3:]]


def pids_of(alloc):
    """The processes in whose environment an allocation is named."""
    found = set()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"NOMAD_ALLOC_ID={alloc}".encode() in (folder / "environ").read_bytes():
                found.add(int(folder.name))
    return found


class Agent:
    """One agent process with a folder and ports of its own."""

    def __init__(self, *, server=True, client=True, address="127.0.0.1", servers=(), extra="", client_extra="", data_dir=None,
                 wrapper=(), raw_exec=""):
        self.folder = pathlib.Path(data_dir or tempfile.mkdtemp(prefix="drover-e2e-"))
        self.address = address
        self.http_port, self.rpc_port = free_ports(2, address)
        self.api = Api(f"http://{address}:{self.http_port}")
        self.log = self.folder / "agent.log"
        servers_line = f"servers = {json.dumps(list(servers))}" if servers else ""
        (self.folder / "agent.hcl").write_text(f"""
            name = "{self.folder.name}"
            data_dir = "{self.folder}/data"
            bind_addr = "{address}"
            ports {{
              http = {self.http_port}
              rpc = {self.rpc_port}
            }}
            server {{ enabled = {str(server).lower()} }}
            client {{
              enabled = {str(client).lower()}
              {servers_line}
              {client_extra}
            }}
            plugin "raw_exec" {{
              config {{
                enabled = true
                {raw_exec}
              }}
            }}
            {extra}
        """)
        self.wrapper = list(wrapper)  # a program that starts the agent in surroundings of its own
        self.process = None

    @property
    def rpc(self):
        return f"{self.address}:{self.rpc_port}"

    def start(self, wait=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.wrapper, DROVER, "agent", f"-config={self.folder}/agent.hcl"], stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        def answers():
            if self.process.poll() is not None:
                raise AssertionError(f"the agent ended with {self.process.returncode}:\n{self.log.read_text()[-3000:]}")
            return self.api.get("/v1/agent/self")
        wait_for(f"the agent at {self.api.url}", answers)

    def wait_nodes(self, count):
        """Waits until so many nodes are ready."""
        return wait_for(f"{count} ready nodes",
                        lambda: [n for n in self.api.get("/v1/nodes") if n["Status"] == "ready"][count - 1:] and
                        [n for n in self.api.get("/v1/nodes") if n["Status"] == "ready"])

    def kill(self, how=signal.SIGKILL):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=120)

    def stop(self):
        """Ends the agent and what its tasks left behind, and removes its folder."""
        with contextlib.suppress(Exception):
            if self.process and self.process.poll() is None:
                for job in self.api.get("/v1/jobs"):
                    self.api.delete(f"/v1/job/{job['ID']}?purge=true")
                wait_for("all tasks to end", lambda: all(a["ClientStatus"] in ("complete", "failed", "lost")
                                                         for a in self.api.get("/v1/allocations")) or None, deadline=6)
        self.kill(signal.SIGTERM)
        subprocess.run(["pkill", "-KILL", "-f", str(self.folder)], check=False)
        if shutil.which("docker"):
            for line in docker("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Mounts}}").stdout.splitlines():
                if str(self.folder) in line:
                    docker("rm", "-f", line.split()[0])
            listed = docker("network", "ls", "--format", "{{.ID}}", "--filter", f"label=dev.drover.node={self.folder}/data")
            for network in listed.stdout.split():
                docker("network", "rm", network)
        with open("/proc/mounts", encoding="utf-8") as mounts:
            for line in mounts:
                if str(self.folder) in line:
                    subprocess.run(["umount", "-l", line.split()[1]], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


class Result:
    def __init__(self, completed):
        self.code, self.out, self.err = completed.returncode, completed.stdout, completed.stderr

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def cli(agent, *arguments, stdin=None, timeout=60, env=None, cwd=None):
    """Runs a command of the real binary against an agent (None: no agent)."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/root"}
    if agent:
        environment["DROVER_ADDR"] = agent.api.url
    environment.update(env or {})
    return Result(subprocess.run([DROVER, *arguments], input=stdin, capture_output=True, text=True, timeout=timeout,
                                 env=environment, cwd=cwd, check=False))


class E2eTest(unittest.TestCase):
    """Starts agents that are stopped, and whose logs are shown, when a test fails."""

    def start_agent(self, **kwargs):
        agent = Agent(**kwargs)
        self.addCleanup(self.finish, agent)
        return agent.start()

    def finish(self, agent):
        outcome = getattr(self, "_outcome", None)
        failed = any(error for _, error in getattr(outcome, "errors", []) if error) if outcome else False
        if failed and agent.log.exists():
            print(f"--- the end of {agent.log}\n{agent.log.read_text(errors='replace')[-4000:]}")
        agent.stop()

    def simulate(self, agent, *flags):
        """Simulated nodes of an agent, until the test ends."""
        process = subprocess.Popen([DROVER, "operator", "simulate", f"-servers={agent.rpc}", *flags],
                                   stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

    def single(self, **kwargs):
        """One agent that is server and client, with its node ready."""
        agent = self.start_agent(**kwargs)
        agent.wait_nodes(1)
        return agent

    def run_job(self, agent, text_or_path, *flags):
        if isinstance(text_or_path, pathlib.Path):
            return cli(agent, "job", "run", *flags, str(text_or_path))
        return cli(agent, "job", "run", *flags, "-", stdin=text_or_path)


class SharedAgentTest(E2eTest):
    """One agent for all tests of a class, that is server and client, with the image busybox:1 on its engine."""

    @classmethod
    def setUpClass(cls):
        cls.share_agent()

    @classmethod
    def share_agent(cls, *, domain="", extra="", **options):
        """For setUpClass() of those that want more; with a domain it has a proxy of exposed ports, at cls.proxy."""
        busybox_image()
        if domain:
            cls.proxy, = free_ports(1)
            extra += f'\nexpose {{\n port = {cls.proxy}\n domain = "{domain}"\n}}'
        cls.agent = Agent(extra=extra, **options)
        cls.addClassCleanup(cls.agent.stop)
        cls.agent.start()
        cls.agent.wait_nodes(1)


# ---- job files ---------------------------------------------------------------------------------------------------


NO_RESTARTS = 'attempts = 0\nmode = "fail"'
NO_RESCHEDULING = "reschedule {\nattempts = 0\nunlimited = false\n}"


def shell_task(name, script, *, driver="raw_exec", config="", cpu=20, memory=16, resources="", more=""):
    """A task that runs a line of shell; in Docker in the image busybox:1, unless `config` names one."""
    if driver == "docker" and "image =" not in config:
        config += '\nimage = "busybox:1"'
    return f"""task "{name}" {{
      driver = "{driver}"
      config {{
        command = "/bin/sh"
        args = ["-c", {json.dumps(script)}]
        {config}
      }}
      resources {{
        cpu = {cpu}
        memory = {memory}
        {resources}
      }}
      {more}
    }}"""


def group_job(name, *tasks, kind="service", restart=NO_RESTARTS, group="", more=""):
    """A job of one group "g"; `restart` "": the default policy; `group` and `more` stand in the group and in the job."""
    policy = f"restart {{\n{restart}\n}}" if restart else ""
    return f"""job "{name}" {{
      datacenters = ["dc1"]
      type = "{kind}"
      {more}
      group "g" {{
        {policy}
        {group}
        {chr(10).join(tasks)}
      }}
    }}"""


def asset(**keys):
    """An asset block of a task."""
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in keys.items())
    return f"asset {{\n{lines}\n}}\n"


# ---- containers --------------------------------------------------------------------------------------------------


def docker(*arguments, **kwargs):
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, **kwargs)


def need_root(test):
    return unittest.skipUnless(os.geteuid() == 0, "needs root")(test)


def need_docker(test):
    if os.environ.get("DROVER_TEST_DOCKER") == "0":
        return unittest.skip("DROVER_TEST_DOCKER=0")(test)
    if not shutil.which("docker") or docker("info").returncode != 0:
        return unittest.skip("no Docker engine answers here")(test)
    return test


def import_image(name, tree, *changes):
    """Makes an image of a folder, unless there is one of that name."""
    if docker("image", "inspect", name).returncode == 0:
        return
    with subprocess.Popen(["tar", "-C", str(tree), "-c", "."], stdout=subprocess.PIPE) as tar:
        flags = [flag for change in changes for flag in ("--change", change)]
        done = subprocess.run(["docker", "import", *flags, "-", name], stdin=tar.stdout, capture_output=True, text=True,
                              check=False)
    if done.returncode != 0:
        raise AssertionError(f"docker import {name}: {done.stderr}")


def busybox_tree(folder):
    tree = pathlib.Path(folder)
    (tree / "bin").mkdir(parents=True)
    (tree / "tmp").mkdir()
    (tree / "etc").mkdir()
    (tree / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
    shutil.copy("/bin/busybox", tree / "bin/busybox")
    for applet in subprocess.run(["/bin/busybox", "--list"], capture_output=True, text=True, check=True).stdout.split():
        if applet != "busybox":
            (tree / "bin" / applet).symlink_to("busybox")
    return tree


def busybox_image(name="busybox:1"):
    with tempfile.TemporaryDirectory() as folder:
        import_image(name, busybox_tree(f"{folder}/tree"), "ENV PATH=/bin", 'CMD ["/bin/sh"]')


def copy_with_libraries(program, tree):
    """Copies a program of this machine and the libraries that it loads into a tree."""
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    files = [program] + [word for line in listed.splitlines() for word in line.split() if word.startswith("/")]
    for file in files:
        target = pathlib.Path(tree) / file.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)


def redis_image(name="redis:3.2"):
    """redis-server from Debian's package, under the name that the document's example gives."""
    with tempfile.TemporaryDirectory() as folder:
        tree = busybox_tree(f"{folder}/tree")
        copy_with_libraries("/usr/bin/redis-server", tree)
        import_image(name, tree, "ENV PATH=/usr/bin:/bin", "EXPOSE 6379",
                     'CMD ["/usr/bin/redis-server", "--protected-mode", "no", "--save", ""]')


def ubuntu_image(name="ubuntu:latest"):
    """A Debian tree from debootstrap stands in for ubuntu; busybox where debootstrap has no mirror to load from."""
    if docker("image", "inspect", name).returncode == 0:
        return
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        made = subprocess.run(["debootstrap", "--variant=minbase", "bookworm", str(tree)], capture_output=True, text=True,
                              check=False)
        if made.returncode != 0:
            shutil.rmtree(tree, ignore_errors=True)
            busybox_tree(tree)
        import_image(name, tree, "ENV PATH=/usr/local/bin:/usr/bin:/bin", 'CMD ["/bin/sh"]')
