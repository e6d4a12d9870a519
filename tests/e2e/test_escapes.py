"""Tasks and requests that try to get at files of the host: through the API, logs and templates (cases.md 51, 54, 55, 57)."""
import contextlib
import http.client
import socket
import unittest

import harness
from harness import E2eTest, group_job, need_root, shell_task, wait_for
from test_templates import template

CANARY = "the host's secret"


@need_root
@harness.need_docker
class FilesOfTheHost(E2eTest):
    def setUp(self):
        harness.busybox_image()
        self.agent = self.single()
        self.victim = self.agent.folder / "victim"
        self.victim.write_text(CANARY)

    def planted(self, name, script, **keys):
        """The id of an allocation whose task has done its script, and sleeps."""
        shell = shell_task("t", f"{script}\necho done; exec sleep 600", **keys)
        self.assertEqual(self.run_job(self.agent, group_job(name, shell), "-detach").code, 0)
        alloc = self.agent.api.running(name)[0]["ID"]
        wait_for("the script", lambda: "done\n" in self.agent.api.logs(alloc, "t"))
        return alloc

    def answer(self, target):
        """Of a request whose target is sent as it stands; a server that hangs fails the test."""
        with contextlib.closing(http.client.HTTPConnection(self.agent.address, self.agent.http_port, timeout=30)) as connection:
            connection.request("GET", target)
            response = connection.getresponse()
            try:
                body = response.read()
            except http.client.IncompleteRead as error:  # a stream that came to something that is not read
                body = error.partial
            return response.status, body.decode(errors="replace")

    def test_case_51_paths_that_lead_out_of_an_allocation(self):
        listener = self.enterContext(socket.socket(socket.AF_UNIX))
        alloc = self.planted("plant", f"""cd "$NOMAD_TASK_DIR"
            ln -s {self.victim} file; ln -s / root; ln -s /proc/self self; ln -s ../secrets token; mkfifo fifo
            ln -s {'../' * 12}{self.victim} climb; mknod disk c 1 5; echo x > "$NOMAD_SECRETS_DIR/x"
            ln -s file chain; echo own > own""")
        self.assertEqual(self.answer(f"/v1/client/fs/cat/{alloc}?path=t/local/own"), (200, "own\n"))
        listener.bind(str(self.agent.folder / f"data/alloc/{alloc}/t/local/socket"))
        up = "../" * 12
        victim = str(self.victim)
        paths = [f"{up}{victim}", f"/{up}{victim}", victim, "/etc/shadow", "/proc/self/environ", "..", "t/../../..",
                 f"t/local/{up}{victim}", "t/local/file", "t/local/climb", "t/local/chain", f"t/local/root{victim}",
                 "t/local/self/environ", "t/local/self/fd/0", "t/local/fifo", "t/local/disk", "t/local/socket",
                 "t/local/token/x", "t/secrets/x", "t/local/file/", "..\\..\\etc\\shadow", "t/\x00/../../../x"]
        encoded = set()
        for path in paths:
            once = harness.urllib.request.quote(path, safe="")
            dots = once.replace("..", "%2e%2e")
            encoded |= {once, dots, dots.replace("%", "%25"), once.replace("%2F", "/"), dots.replace("%2F", "%252f")}
        for path in sorted(encoded):
            for call in ("cat", "readat", "stream", "ls", "stat"):
                status, body = self.answer(f"/v1/client/fs/{call}/{alloc}?path={path}&offset=0&limit=1000&origin=start")
                self.assertNotIn(CANARY, body, (call, path))
                self.assertNotIn("root:", body, (call, path))
                # What a link is can be told; nothing of what it leads to can.
                if call != "stat":
                    self.assertIn(status, (400, 403, 404, 500), (call, path, body))
        for target in (f"/v1/client/fs/logs/{alloc}?task={up}{victim}&type=stdout&plain=true",
                       f"/v1/client/fs/logs/{alloc}?task=t&type={up}{victim}&plain=true",
                       f"/v1/client/fs/cat/..%2f..%2f..%2f{self.agent.folder.name}?path=victim",
                       f"/v1/client/fs/cat/{alloc}/../../../..{victim}", f"/..%2f..%2f..{victim}", f"/ui/..%2f..{victim}"):
            status, body = self.answer(target)
            self.assertGreaterEqual(status, 400, (target, body))
            self.assertNotIn(CANARY, body)

    def test_case_51_a_confined_task_cannot_link_what_it_may_not_read(self):
        for driver in ("exec", "docker"):
            alloc = self.planted(driver, f"""for place in /local /alloc/data /tmp /secrets; do
                ln /etc/passwd $place/h && echo linked to $place; ln {self.victim} $place/h && echo linked to $place
                done""", driver=driver, memory=32)
            linked = self.agent.api.logs(alloc, "t").replace("linked to /tmp\n", "")  # of the container's own files
            self.assertEqual(linked, "done\n")

    def test_case_54_links_in_the_place_of_logs(self):
        # The task's own output goes on with what it put there, and with the files that the rotation will come to.
        swap = f"""cd "$NOMAD_ALLOC_DIR/logs"
            for n in 0 1 2 3 4 5; do rm -f t.stdout.$n; ln -s {self.victim} t.stdout.$n; done
            rm -f t.stderr.0; mkfifo t.stderr.0; ln -s {self.victim} t.stderr.1
            ln -s {self.victim} u.stdout.0
            i=0; while [ $i -lt 40000 ]; do echo 0123456789012345678901234567890123456789012345678901234567890123
            echo 0123456789012345678901234567890123456789012345678901234567890123 >&2; i=$((i+1)); done; touch {{}}/all"""
        logs = "logs {\nmax_files = 2\nmax_file_size = 1\n}"
        for driver in ("raw_exec", "docker"):
            with self.subTest(driver):
                script = swap.replace("{}", '"$NOMAD_TASK_DIR"') + "\nexec sleep 600"
                job = group_job(driver, shell_task("t", script, driver=driver, memory=64, more=logs))
                self.assertEqual(self.run_job(self.agent, job, "-detach").code, 0)
                alloc = self.agent.api.running(driver)[0]["ID"]
                local = self.agent.folder / f"data/alloc/{alloc}/t/local"
                wait_for("all of the output", (local / "all").exists)
                for stream in ("stdout", "stderr"):
                    status, body = self.answer(f"/v1/client/fs/logs/{alloc}?task=t&type={stream}&plain=true")
                    self.assertNotIn(CANARY, body, (status, stream))
                _, body = self.answer(f"/v1/client/fs/logs/{alloc}?task=u&type=stdout&plain=true")
                self.assertNotIn(CANARY, body)
                wait_for("a new file of the output", lambda: any(
                    file.is_file() and not file.is_symlink() and file.stat().st_size > 0
                    for file in (self.agent.folder / f"data/alloc/{alloc}/alloc/logs").glob("t.stdout.*")))
                self.assertEqual(self.victim.read_text(), CANARY)

    def test_case_55_a_directory_that_becomes_a_link_and_back_all_the_time(self):
        outside = self.agent.folder / "outside"
        outside.mkdir()
        turn = group_job("turn", shell_task("t", "exec sleep 600", more='service {\nname = "turn"\nport = "p"\n}'),
                         group='network {\n port "p" {}\n}')
        swap = f"""cd "$NOMAD_TASK_DIR"; ln -s {outside} link; touch started
            while :; do mv -T conf away; mv -T link conf; mv -T conf link; mv -T away conf; done"""
        ports = '{{ range nomadService "turn" }}{{ .Port }} {{ end }}'
        files = "".join(template(ports, f"local/{path}", change_mode="noop") for path in ("conf/seen", "seen"))
        rendered = 0
        for number in range(8):
            self.run_job(self.agent, group_job(f"swap{number}", shell_task("t", swap, more=files)), "-detach")
            alloc = self.agent.api.running(f"swap{number}")[0]["ID"]
            local = self.agent.folder / f"data/alloc/{alloc}/t/local"
            wait_for("the swapping", (local / "started").exists)
            self.run_job(self.agent, turn, "-detach")
            # Whoever meets the link refuses it, and the task fails for that.
            ended = wait_for("the templates", lambda: "failed" if self.agent.api.allocs(f"swap{number}")[0]["ClientStatus"] ==
                             "failed" else (local / "seen").read_text() and "rendered")
            rendered += ended == "rendered"
            for job in (f"swap{number}", "turn"):
                self.agent.api.delete(f"/v1/job/{job}?purge=true")
            wait_for("the service to go", lambda: not self.agent.api.get("/v1/service/turn"))
            self.assertEqual(list(outside.iterdir()), [])
        print(f"{rendered} of 8 were rendered, the others met the link")


if __name__ == "__main__":
    unittest.main()
