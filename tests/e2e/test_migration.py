"""The data of an ephemeral disk that follows its allocation to another machine."""
import unittest

from harness import E2eTest, cli, group_job, need_root, shell_task, wait_for

DISK = "ephemeral_disk {\n migrate = true\n sticky = true\n }"
# Notes of each life, in both places.
SCRIPT = ('echo "$NOMAD_ALLOC_ID" >> "$NOMAD_ALLOC_DIR/data/lives"; echo "$NOMAD_ALLOC_ID" >> local/lives; '
          'test -e local/out || ln -s /etc/passwd local/out; {more} exec sleep 600')


def migrating(alloc):
    return [e["DisplayMessage"] for e in alloc["TaskStates"]["t"]["Events"] if e["Type"] == "Migrating"]


@need_root
class Migration(E2eTest):
    def cluster(self):
        server = self.start_agent(client=False)
        clients = [self.start_agent(server=False, servers=[server.rpc]) for _ in range(2)]
        server.wait_nodes(2)
        return server, clients

    def drain(self, server, alloc, job):
        """Drains the node of `alloc`; the allocation that replaces it, once it runs."""
        drained = cli(server, "node", "drain", "-enable", "-yes", "-detach", alloc["NodeID"])
        self.assertEqual(drained.code, 0, drained)

        def replaced():
            return [a for a in server.api.running(job) if a["ID"] != alloc["ID"]] or None
        new = wait_for("the replacement", replaced)[0]
        self.assertNotEqual(new["NodeID"], alloc["NodeID"])
        return server.api.get(f"/v1/allocation/{new['ID']}")

    def read(self, server, alloc, path):
        return server.api.raw("GET", f"/v1/client/fs/cat/{alloc['ID']}?path={path}")

    def wait_lives(self, server, alloc, lives):
        for path in ("alloc/data/lives", "t/local/lives"):
            wait_for(path, lambda path=path: self.read(server, alloc, path)[1].decode().split() == lives or None)

    def test_data_follows_a_drained_allocation(self):
        server, _ = self.cluster()
        job = group_job("moves", shell_task("t", SCRIPT.format(more="")), group=DISK)
        ran = self.run_job(server, job, "-detach")
        self.assertEqual(ran.code, 0, ran)
        self.assertNotIn("does not follow", repr(ran))
        old = server.api.running("moves")[0]
        self.wait_lives(server, old, [old["ID"]])
        new = self.drain(server, old, "moves")
        self.assertEqual(new["PreviousAllocation"], old["ID"])
        self.wait_lives(server, new, [old["ID"], new["ID"]])
        said = "\n".join(migrating(new))
        self.assertIn("Took over the data", said)
        self.assertIn("verified", said)
        self.assertIn("without 1 links", said)

    def test_what_does_not_fit_stays_and_the_disk_starts_empty(self):
        server, _ = self.cluster()
        # More than the disk holds, yet on it before anybody measures: sparse, so that it counts little there.
        job = group_job("large", shell_task("t", SCRIPT.format(more="truncate -s 400M local/large;")), group=DISK)
        ran = self.run_job(server, job, "-detach")
        self.assertEqual(ran.code, 0, ran)
        old = server.api.running("large")[0]
        self.wait_lives(server, old, [old["ID"]])
        new = self.drain(server, old, "large")
        self.wait_lives(server, new, [new["ID"]])
        self.assertIn("larger than the ephemeral disk", "\n".join(migrating(new)))


if __name__ == "__main__":
    unittest.main()
