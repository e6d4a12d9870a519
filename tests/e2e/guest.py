"""A small virtual machine with Debian's kernel, in which only cgroup v2 is mounted: the program under test runs there as root.

The kernel's package is downloaded once, not installed. The machine has no disk: all it has comes in its initramfs. It is emulated
(no KVM is needed), and reachable by forwarded ports alone.
"""
import contextlib
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import DROVER, Api, busybox_tree, copy_with_libraries, free_ports, wait_for

KERNEL = "linux-image-cloud-amd64"  # depends on the package of the newest kernel
CACHE = pathlib.Path.home() / ".cache/drover-e2e"
DOWNLOAD_SECONDS = 120
MODULES = ["virtio_pci", "virtio_net"]
MEMORY_MB = 1024
PROCESSORS = 2
PIDS = 20  # that a task may have
SHELL_PORT, HTTP_PORT = 8000, 4646

# The first file system cannot be a container's: everything moves to another.
INIT = """#!/bin/busybox sh
for module in $(/bin/busybox cat /modules); do /bin/busybox insmod $module; done
/bin/busybox mount -t tmpfs -o mode=755,size=4g root /root
/bin/busybox cp -a /bin /etc /lib /lib64 /usr /sbin /srv /tmp /root
/bin/busybox mkdir /root/proc /root/sys /root/dev /root/run
exec /bin/busybox switch_root /root /bin/init
"""

INITTAB = f"""::sysinit:/etc/setup
::respawn:/bin/httpd -f -p {SHELL_PORT} -h /srv
"""

SETUP = """#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
"""

RUN_SCRIPT = """#!/bin/sh
printf 'Content-Type: text/plain\\n\\n'
exec /bin/sh -s 2>&1
"""

AGENT = f"""name = "guest"
data_dir = "/srv/data"
bind_addr = "10.0.2.15"
ports {{ http = {HTTP_PORT} }}
server {{ enabled = true }}
client {{ enabled = true }}
plugin "raw_exec" {{
  config {{
    enabled = true
    limits = true
    pids_limit = {PIDS}
  }}
}}
plugin "exec" {{
  config {{ pids_limit = {PIDS} }}
}}
"""


@functools.cache
def kernel():
    """(folder with the unpacked kernel, "") or (None, why it is not there)."""
    for program in ("qemu-system-x86_64", "apt-get", "dpkg-deb", "runc", "busybox"):
        if not shutil.which(program):
            return None, f"there is no {program} here"
    shown = subprocess.run(["apt-cache", "depends", KERNEL], capture_output=True, text=True, check=False).stdout
    packages = [line.split()[1] for line in shown.splitlines() if line.strip().startswith("Depends:")]
    if not packages:
        return None, f"apt knows no package {KERNEL}"
    folder = CACHE / packages[0]
    return (folder, "") if folder.exists() else fetch(packages[0], folder)


def fetch(package, folder):
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        try:
            done = subprocess.run(["apt-get", "download", package], cwd=work, capture_output=True, text=True, check=False,
                                  timeout=DOWNLOAD_SECONDS)
        except subprocess.TimeoutExpired:
            return None, f"apt-get did not bring {package} within {DOWNLOAD_SECONDS} s"
        if done.returncode != 0:
            return None, f"apt-get cannot bring {package}: {done.stderr.strip()[-300:]}"
        archive = next(pathlib.Path(work).glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive, f"{work}/tree"], check=True)
        with contextlib.suppress(OSError):  # another run was faster
            os.rename(f"{work}/tree", folder)
    return folder, ""


def module_files(tree):
    """The files of the modules that the guest needs, in the order in which they can be loaded."""
    version = next((tree / "lib/modules").iterdir()).name
    subprocess.run(["busybox", "depmod", "-b", str(tree), version], check=True, capture_output=True)
    folder = tree / "lib/modules" / version
    needs = {}
    for line in (folder / "modules.dep").read_text(encoding="utf-8").splitlines():
        file, _, others = line.partition(":")
        needs[pathlib.Path(file).stem] = [file, *others.split()]
    files = []
    for module in MODULES:
        files += [file for file in reversed(needs[module]) if file not in files]
    return [folder / file for file in files]


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def make_tree(tree, modules):
    busybox_tree(tree)
    for name in ("sbin", "root", "lib/modules"):
        (tree / name).mkdir(parents=True)
    copy_with_libraries(DROVER, tree)
    shutil.move(tree / DROVER.lstrip("/"), tree / "bin/drover")
    subprocess.run(["strip", str(tree / "bin/drover")], check=False)
    copy_with_libraries(shutil.which("runc"), tree)
    (tree / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n", encoding="utf-8")
    (tree / "etc/group").write_text("root:x:0:\nnogroup:x:65534:\n", encoding="utf-8")
    for module in modules:
        shutil.copy(module, tree / "lib/modules")
    (tree / "modules").write_text("".join(f"/lib/modules/{module.name}\n" for module in modules), encoding="utf-8")
    (tree / "etc/inittab").write_text(INITTAB, encoding="utf-8")
    (tree / "etc/agent.hcl").write_text(AGENT, encoding="utf-8")
    script(tree / "init", INIT)
    script(tree / "etc/setup", SETUP)
    script(tree / "srv/cgi-bin/run", RUN_SCRIPT)


def make_initramfs(folder, modules):
    tree = folder / "tree"
    make_tree(tree, modules)
    with open(folder / "initramfs", "wb") as out:
        names = subprocess.run(["find", "."], cwd=tree, capture_output=True, check=True).stdout
        subprocess.run(["busybox", "cpio", "-o", "-H", "newc"], cwd=tree, input=names, stdout=out, stderr=subprocess.DEVNULL,
                       check=True)
    shutil.rmtree(tree)
    return folder / "initramfs"


class Guest:
    """The machine, and in it an agent that is server and client: what harness.Agent is on this one."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drover-guest-"))
        self.shell_port, http_port = free_ports(2)
        self.api = Api(f"http://127.0.0.1:{http_port}")
        self.forwards = f"hostfwd=tcp:127.0.0.1:{self.shell_port}-:{SHELL_PORT},hostfwd=tcp:127.0.0.1:{http_port}-:{HTTP_PORT}"
        self.console = self.folder / "console"
        self.process = None

    def boot(self):
        tree, _ = kernel()
        initramfs = make_initramfs(self.folder, module_files(tree))
        self.process = subprocess.Popen([
            "setpriv", "--pdeathsig", "KILL",  # it ends with the tests, however they end
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", str(PROCESSORS), "-m", str(MEMORY_MB),
            "-nodefaults", "-display", "none", "-no-reboot", "-serial", f"file:{self.console}",
            "-nic", f"user,restrict=on,model=virtio-net-pci,{self.forwards}",
            "-kernel", next((tree / "boot").glob("vmlinuz-*")), "-initrd", initramfs,
            "-append", "console=ttyS0 quiet panic=-1"], stdin=subprocess.DEVNULL)
        wait_for("the guest's shell", lambda: self.run("echo up") == "up\n", deadline=180)
        return self

    def run(self, script_text):
        """What a script prints that the guest's shell runs."""
        _, body, _ = Api(f"http://127.0.0.1:{self.shell_port}").raw("POST", "/cgi-bin/run", body=script_text.encode())
        return body.decode(errors="replace")

    def start(self):
        self.run("setsid drover agent -config=/etc/agent.hcl </dev/null >>/srv/agent.log 2>&1 & echo $! >/srv/agent.pid")
        wait_for("the guest's agent", lambda: [n for n in self.api.get("/v1/nodes") if n["Status"] == "ready"])

    def kill(self):
        self.run("kill -KILL $(cat /srv/agent.pid)")

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
