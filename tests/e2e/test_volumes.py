"""Host volumes and volumes of an allocation, in containers of both runtimes: written, read-only, shared, refused."""
import json
import pathlib
import subprocess
import tempfile

import harness
from harness import E2eTest, cli, group_job, need_root, shell_task, wait_for


def job(name, driver, script, *, volume, mount="", image='image = "busybox:1"'):
    mounted = f"""volume_mount {{
      volume = "v"
      destination = "/srv/data"
      {mount}
    }}"""
    config = image if driver == "docker" else ""
    return group_job(name, shell_task("t", script, driver=driver, config=config, memory=32, more=mounted), kind="batch",
                     group=f'volume "v" {{\n{volume}\n}}')


DATA = 'type = "host"\nsource = "data"'


@need_root
@harness.need_docker
class Volumes(E2eTest):
    def setUp(self):
        harness.busybox_image()
        folder = tempfile.TemporaryDirectory(prefix="drover-e2e-volume-")
        self.addCleanup(folder.cleanup)
        self.data = pathlib.Path(folder.name)
        self.data.chmod(0o777)  # exec tasks run as nobody
        (self.data / "seen").write_text("of the host\n")
        self.agent = self.single(extra=f"""
            client {{
              host_volume "data" {{
                path = "{self.data}"
              }}
              host_volume "fixed" {{
                path = "{self.data}"
                read_only = true
              }}
            }}""")

    def ended(self, name, status):
        return self.agent.api.alloc_with_status(name, status)

    def test_a_directory_of_the_host_is_written(self):
        for driver in ("docker", "exec"):
            with self.subTest(driver):
                done = self.run_job(self.agent, job(driver, driver, f"cat /srv/data/seen > /srv/data/{driver}", volume=DATA))
                self.assertEqual(done.code, 0, done)
                self.ended(driver, "complete")
                self.assertEqual((self.data / driver).read_text(), "of the host\n")
        shown = cli(self.agent, "node", "status", "-self", "-verbose").out
        self.assertIn("Host Volumes", shown)

    def test_a_read_only_mount_cannot_be_written(self):
        for driver in ("docker", "exec"):
            for number, (volume, mount) in enumerate((('type = "host"\nsource = "fixed"\nread_only = true', ""),
                                                      (DATA, "read_only = true"))):
                with self.subTest(f"{driver} {number}"):
                    name = f"ro-{driver}-{number}"
                    script = "cat /srv/data/seen; touch /srv/data/no && exit 5; exit 0"
                    self.run_job(self.agent, job(name, driver, script, volume=volume, mount=mount))
                    alloc = self.ended(name, "complete")
                    self.assertEqual(self.agent.api.logs(alloc["ID"], "t"), "of the host\n")
        self.assertFalse((self.data / "no").exists())

    def test_what_is_mounted_in_a_read_only_volume_cannot_be_written_either(self):
        inner = self.data / "inner"
        inner.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "nosuid,mode=777", "inner", inner], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", inner], check=True)
        script = "for file in /srv/data/no /srv/data/inner/no; do touch $file && exit 5; done; grep srv/data/inner /proc/self/mountinfo"
        for driver in ("docker", "exec"):
            with self.subTest(driver):
                self.run_job(self.agent, job(f"in-{driver}", driver, script, volume=DATA, mount="read_only = true"))
                alloc = self.ended(f"in-{driver}", "complete")
                self.assertIn(" ro,nosuid", self.agent.api.logs(alloc["ID"], "t"))

    def test_a_container_sees_its_own_directory_with_all_in_it(self):
        script = "echo x > /secrets/x && cat /own/secrets/x && touch /own/secrets/y /own/z && touch /fixed/secrets/no && exit 5; exit 0"
        task = shell_task("t", script, driver="docker", config='volumes = [".:/own", ".:/fixed:ro"]')
        self.run_job(self.agent, group_job("own", task, kind="batch"))
        alloc = self.ended("own", "complete")
        self.assertEqual(self.agent.api.logs(alloc["ID"], "t"), "x\n")
        mounts = pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
        self.assertEqual([line for line in mounts if str(self.agent.folder) in line and ".binds" in line], [])

    def test_a_labelled_volume_is_mounted_like_others(self):
        for number, read_only in enumerate(("false", "true")):
            name = f"labelled-{number}"
            script = "cat /srv/data/seen; touch /srv/data/try && echo wrote; exit 0"
            self.run_job(self.agent, job(name, "docker", script, volume=DATA, mount=f'selinux_label = "z"\nread_only = {read_only}'))
            alloc = self.ended(name, "complete")
            self.assertEqual(self.agent.api.logs(alloc["ID"], "t"), "of the host\n" + ("" if number else "wrote\n"))
        refused = self.run_job(self.agent, job("labelled", "exec", "true", volume=DATA, mount='selinux_label = "Z"'))
        self.assertIn("exec cannot label volumes", refused.err + refused.out)

    def test_what_cannot_be_mounted_says_why(self):
        plain = self.run_job(self.agent, job("plain", "raw_exec", "true", volume=DATA))
        self.assertNotEqual(plain.code, 0)
        self.assertIn("raw_exec cannot mount volumes", plain.err + plain.out)
        csi = 'type = "csi"\nsource = "x"\naccess_mode = "single-node-writer"\nattachment_mode = "file-system"'
        refused = self.run_job(self.agent, job("csi", "exec", "true", volume=csi))
        self.assertIn('type = "csi" is not supported', refused.err + refused.out)
        for name, source in (("readonly", "fixed"), ("missing", "nothing")):
            self.run_job(self.agent, job(name, "exec", "true", volume=f'type = "host"\nsource = "{source}"'), "-detach")
            wait_for("an explanation", lambda: source in cli(self.agent, "job", "explain", name).out)

    def test_the_operations_of_a_definition_share_a_volume(self):
        definition = {
            "version": "0.1", "type": "container", "meta": {"trigger": "cli"},
            "ops": [
                {"type": "container/create-volume", "id": "make", "args": {"name": "shared data"}},
                {"type": "container/run", "id": "write", "args": {
                    "image": "busybox:1", "cmd": "echo of the first > /v/file",
                    "volumes": [{"name": "shared data", "dest": "/v"}]}},
                {"type": "container/run", "id": "read", "args": {
                    "image": "busybox:1", "cmd": "cat /w/file", "volumes": [{"name": "shared data", "dest": "/w"}]}},
            ],
        }
        path = self.agent.folder / "shared.json"
        path.write_text(json.dumps(definition))
        done = cli(self.agent, "job", "run", str(path))
        self.assertEqual(done.code, 0, done)
        alloc = self.ended("shared", "complete")
        self.assertEqual(self.agent.api.logs(alloc["ID"], "read"), "of the first\n")
