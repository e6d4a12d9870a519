#include "jobspec/example.h"

namespace drover::jobspec {

std::string_view example_job() {
  return R"EXAMPLE(# A job is what Drover runs: submit it with `drover job run example.nomad`, look at it with
# `drover job status example`, end it with `drover job stop example`.
job "example" {
  # The datacenters whose machines may run the job. At least one has to be named.
  datacenters = ["dc1"]

  # "service" jobs run until they are stopped, "batch" jobs until they are done.
  type = "service"

  # From 1 to 100: what is placed first when machines are scarce.
  priority = 50

  # Only machines for which this holds are considered. Constraints are possible in the job, in a group and in a task.
  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  # A group is a set of tasks that run together on one machine.
  group "cache" {
    # How many copies of the group are wanted.
    count = 1

    # The ports that the group needs. Drover chooses a free port of the machine, which leads to port 6379 of the
    # container. `static = 6379` would ask for this very port of the machine.
    network {
      port "db" {
        to = 6379
      }
    }

    # What happens when a task ends: at most `attempts` restarts within an `interval`, each after a `delay`. Then mode
    # "delay" waits for the next interval, mode "fail" gives up on this machine.
    restart {
      attempts = 10
      interval = "5m"
      delay    = "25s"
      mode     = "delay"
    }

    # The disk that the tasks of the group share, in MB.
    ephemeral_disk {
      size = 300
    }

    # A task is one unit of work: a container, or a process.
    task "redis" {
      # What runs it: "docker", "exec", "raw_exec", ...
      driver = "docker"

      # For the driver. The ports are labels of the network above.
      config {
        image = "redis:3.2"
        ports = ["db"]
      }

      # Environment variables. Values may refer to the machine and to the allocation.
      env {
        NODE_NAME = "${node.unique.name}"
      }

      # What the task needs: CPU in MHz, memory in MB.
      resources {
        cpu    = 500
        memory = 256
      }

      # What the task offers on the network, and how its health is checked.
      service {
        name = "redis-cache"
        tags = ["global", "cache"]
        port = "db"

        check {
          name     = "alive"
          type     = "tcp"
          interval = "10s"
          timeout  = "2s"
        }
      }

      # How much of its output is kept: for stdout and for stderr each this many files of this size in MB.
      logs {
        max_files     = 5
        max_file_size = 10
      }

      # How long the task may take to end after it was told to.
      kill_timeout = "20s"
    }
  }
}
)EXAMPLE";
}

std::string_view short_example_job() {
  return R"EXAMPLE(job "example" {
  datacenters = ["dc1"]

  group "cache" {
    network {
      port "db" {
        to = 6379
      }
    }

    task "redis" {
      driver = "docker"

      config {
        image = "redis:3.2"
        ports = ["db"]
      }

      resources {
        cpu    = 500
        memory = 256
      }
    }
  }
}
)EXAMPLE";
}

}  // namespace drover::jobspec
