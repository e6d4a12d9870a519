"""One task's life on each driver that starts processes."""
import base64
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness
from driver_life import DriverLife
from harness import group_job, need_root, wait_for

# Enables the power button, prints "guest up" on the first serial port, waits for the button, prints "guest bye" and turns the
# machine off (PIIX4: events at 0x600, sleep control at 0x604).
BOOT_CODE = ("McCO2I7QvAB8/LoCBrgAAe++PnzoGwD79LoABu32xAF09b5IfOgKALoEBrgAIO/06/26+AOshMB0A+7r+MNndWVzdCB1cAoAZ3Vlc3Qg"
             "YnllCg==")

JAVA = """public class App {
  public static void main(String[] words) throws Exception {
    System.out.println("up");
    java.util.ArrayList<byte[]> all = new java.util.ArrayList<>();
    while (words.length > 0) { byte[] more = new byte[1 << 20]; java.util.Arrays.fill(more, (byte) 1); all.add(more); }
    Thread.sleep(1000000);
  }
}
"""


def task(driver, config, *, memory, more=""):
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in config.items())
    return f"""task "t" {{
      driver = "{driver}"
      config {{
        {lines}
      }}
      resources {{
        cpu = 50
        memory = {memory}
      }}
      {more}
    }}"""


KVM_CREATE_VM = 0xAE01


def has_kvm():
    """Also a machine that has the device may be one in which no other can be made."""
    try:
        with open("/dev/kvm", "rb+", buffering=0) as kvm:
            os.close(fcntl.ioctl(kvm, KVM_CREATE_VM, 0))
            return True
    except OSError:
        return False


@need_root
class Drivers(DriverLife):
    @staticmethod
    def boot(agent, alloc):
        """On a starved host the BIOS may give up a disk that does not answer in its time: then the machine is started anew."""
        try:
            wait_for("the guest", lambda: "guest up" in agent.api.logs(alloc, "t"), deadline=20)
        except AssertionError:
            harness.cli(agent, "alloc", "restart", alloc)
            wait_for("the guest", lambda: "guest up" in agent.api.logs(alloc, "t"))

    def test_raw_exec(self):
        self.live("raw_exec", self.single(raw_exec="limits = true"))

    def test_exec(self):
        agent = self.single()
        self.need(agent, "exec")
        self.live("exec", agent)

    @unittest.skipUnless(shutil.which("javac"), "there is no javac")
    def test_java(self):
        agent = self.single()
        self.need(agent, "java")
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "App.java"
            source.write_text(JAVA)
            subprocess.run(["javac", "-d", folder, str(source)], check=True)
            code = base64.b64encode((pathlib.Path(folder) / "App.class").read_bytes()).decode()
        bring = f'template {{\n data = "{{{{ base64Decode \\"{code}\\" }}}}"\n destination = "local/App.class"\n}}'
        config = {"class": "App", "class_path": "/local", "jvm_options": ["-Xmx400m", "-XX:+UseSerialGC"]}
        alloc = self.start(agent, "life", task("java", config, memory=200, more=bring))
        self.signal(agent, alloc, "SIGQUIT", "Full thread dump")
        self.exec(agent, alloc)
        self.survive_the_agent(agent, "life", alloc)
        self.stop(agent, "life", alloc)
        self.is_killed_for_its_memory(agent, "hog", task("java", {**config, "args": ["hog"]}, memory=100, more=bring))

    def test_qemu(self):
        self.live_qemu("tcg")

    @unittest.skipUnless(has_kvm(), "there is no KVM")
    def test_qemu_with_kvm(self):
        self.live_qemu("kvm")

    def live_qemu(self, accelerator):
        if not shutil.which("qemu-system-x86_64"):
            self.skipTest("there is no QEMU")
        images = pathlib.Path(tempfile.mkdtemp(prefix="drover-images-"))
        self.addCleanup(shutil.rmtree, images, ignore_errors=True)
        disk = images / "boot.img"
        disk.write_bytes(base64.b64decode(BOOT_CODE).ljust(510, b"\0") + b"\x55\xaa")
        disk.chmod(0o666)
        images.chmod(0o755)
        agent = self.single(extra=f"""plugin "qemu" {{
          config {{ image_paths = ["{images}"] }}
        }}""")
        self.need(agent, "qemu")
        config = {"image_path": str(disk), "graceful_shutdown": True, "accelerator": accelerator}
        self.assertEqual(self.run_job(agent, group_job("life", task("qemu", config, memory=128, more='kill_timeout = "30s"'))).code, 0)
        alloc = agent.api.running("life")[0]["ID"]
        self.boot(agent, alloc)
        self.survive_the_agent(agent, "life", alloc)
        refused = harness.cli(agent, "alloc", "exec", "-t=false", alloc, "/bin/true")
        self.assertEqual(refused.code, 1, refused)
        self.assertEqual(harness.cli(agent, "job", "stop", "life").code, 0)
        wait_for("the guest's goodbye", lambda: "guest bye" in agent.api.logs(alloc, "t"))
        self.stop(agent, "life", alloc)


if __name__ == "__main__":
    unittest.main()
