"""Groups with a network of their own: bridge, forwarded ports, none, names, what is left when they end."""
import os
import pathlib
import socket
import subprocess
import unittest

from harness import E2eTest, busybox_image, cli, group_job, need_docker, need_root, shell_task, wait_for

PREFIX = "drove2e"
BRIDGE = f"{PREFIX}{os.getpid() % 10000}"
SUBNET = "172.30.241.0/24"
NETWORK = f"""client {{
  bridge_network_name = "{BRIDGE}"
  bridge_network_subnet = "{SUBNET}"
}}"""


def output(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def need_cni(test):
    if not any(os.access(f"{folder}/bridge", os.X_OK) for folder in ("/opt/cni/bin", "/usr/lib/cni")):
        return unittest.skip("no CNI plugins (Debian: containernetworking-plugins)")(test)
    if os.geteuid() == 0:
        made = output("ip", "link", "add", f"{BRIDGE}x", "type", "bridge")
        output("ip", "link", "del", f"{BRIDGE}x")
        if made:
            return unittest.skip(f"no bridges here: {made.strip()}")(test)
        if not output("iptables", "-w", "-t", "nat", "-S", "OUTPUT").startswith("-P"):
            return unittest.skip("no iptables here")(test)
    return test


def task(name, driver, script):
    return shell_task(name, script, driver=driver, memory=32)


def job(name, network, *tasks):
    return group_job(name, *tasks, restart="", group=f"network {{\n{network}\n}}")


SERVE = "while :; do printf 'HTTP/1.0 200 OK\\r\\n\\r\\nhere' | /bin/busybox nc -l -p $NOMAD_PORT_http; done"
SHOW = "ip -4 -o addr; cat /etc/resolv.conf; hostname; env | grep ^NOMAD_ | sort; exec sleep 600"


def fetch(address):
    host, port = address
    with socket.create_connection((host, port), timeout=2) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        text = b""
        while chunk := connection.recv(4096):
            text += chunk
    return text


@need_root
@need_cni
class Networks(E2eTest):
    def setUp(self):
        super().setUp()
        # What a killed run left would catch this run's packets: its bridge has the same addresses.
        self.remove_bridges()
        self.addCleanup(self.remove_bridges)

    def remove_bridges(self):
        for link in pathlib.Path("/sys/class/net").glob(f"{PREFIX}*"):
            output("ip", "link", "del", link.name)
            output("iptables", "-w", "-D", "NOMAD-ADMIN", "-o", link.name, "-d", SUBNET, "-j", "ACCEPT")

    def assert_nothing_left(self, alloc_id):
        self.assertNotIn(alloc_id, output("ip", "netns"))
        self.assertNotIn(alloc_id, output("iptables", "-w", "-t", "nat", "-S"))
        leases = pathlib.Path(f"/var/lib/cni/networks/{BRIDGE}")
        left = [p.name for p in leases.iterdir() if p.name[0].isdigit()] if leases.is_dir() else []
        self.assertEqual(left, [])

    def group_ports(self, agent, alloc_id):
        resources = agent.api.get(f"/v1/allocation/{alloc_id}")["AllocatedResources"]["Shared"]
        return {p["Label"]: (p["HostIP"], p["Value"]) for p in resources["Ports"]}

    def test_a_bridge_shared_by_tasks_survives_the_agent_and_is_removed(self):
        agent = self.single(extra=NETWORK)
        text = job("bridged", """mode = "bridge"
          hostname = "box"
          dns { servers = ["10.9.8.7"] }
          port "http" { to = 8080 }""", task("server", "raw_exec", SERVE), task("show", "exec", SHOW))
        done = self.run_job(agent, text, "-detach")
        self.assertEqual(done.code, 0, done)
        alloc = agent.api.running("bridged")[0]
        address = self.group_ports(agent, alloc["ID"])["http"]
        wait_for("the forwarded port", lambda: b"here" in fetch(address))
        wait_for("the task's output", lambda: "NOMAD_TASK_NAME" in agent.api.logs(alloc["ID"], "show"))
        shown = agent.api.logs(alloc["ID"], "show")
        for expected in ("172.30.241.", "nameserver 10.9.8.7", "\nbox\n", "NOMAD_PORT_http=8080", "NOMAD_ALLOC_IP_http=172.30.241.",
                         f"NOMAD_HOST_PORT_http={address[1]}"):
            self.assertIn(expected, shown)

        agent.kill()
        self.assertIn(b"here", fetch(address))
        agent.start()
        agent.api.running("bridged")
        wait_for("the forwarded port", lambda: b"here" in fetch(address))

        agent.api.delete("/v1/job/bridged")
        agent.api.alloc_with_status("bridged", "complete")
        wait_for("the namespace to go", lambda: alloc["ID"] not in output("ip", "netns"))
        self.assert_nothing_left(alloc["ID"])

    def test_mode_none_is_loopback_only(self):
        agent = self.single(extra=NETWORK)
        done = self.run_job(agent, job("alone", 'mode = "none"', task("show", "raw_exec", "cat /proc/net/dev; exec sleep 600")),
                            "-detach")
        self.assertEqual(done.code, 0, done)
        alloc = agent.api.running("alone")[0]
        shown = wait_for("the devices", lambda: agent.api.logs(alloc["ID"], "show"))
        self.assertEqual([line.split(":")[0].strip() for line in shown.splitlines()[2:]], ["lo"])

    def test_what_a_node_cannot_do_is_said(self):
        agent = self.single(extra=NETWORK)
        self.run_job(agent, job("lan", 'mode = "cni/lan"', task("t", "raw_exec", "sleep 600")), "-detach")
        status = wait_for("the reason", lambda: (s := cli(agent, "job", "status", "lan")) and "missing network" in s.out and s)
        self.assertIn("missing network cni/lan", status.out)

    @need_docker
    def test_docker_tasks_share_the_network_with_others(self):
        busybox_image()
        agent = self.single(extra=NETWORK)
        text = job("mixed", 'mode = "bridge"\nport "http" { to = 8080 }',
                   task("server", "docker", SERVE),
                   task("client", "raw_exec", "until /bin/busybox wget -q -O - http://127.0.0.1:8080/ | grep here; do sleep 0.1; done;"
                        "exec sleep 600"))
        done = self.run_job(agent, text, "-detach")
        self.assertEqual(done.code, 0, done)
        alloc = agent.api.running("mixed")[0]
        wait_for("one task to reach the other", lambda: "here" in agent.api.logs(alloc["ID"], "client"))
        agent.api.delete("/v1/job/mixed")
        agent.api.alloc_with_status("mixed", "complete")
        wait_for("the namespace to go", lambda: alloc["ID"] not in output("ip", "netns"))
        wait_for("the container to go", lambda: alloc["ID"] not in output("docker", "ps", "-a"))
        self.assert_nothing_left(alloc["ID"])


if __name__ == "__main__":
    unittest.main()
