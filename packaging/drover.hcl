# An example configuration: /etc/drover.d/drover.hcl. Every key is in docs/config.md.
data_dir   = "/var/lib/drover"
datacenter = "dc1"

# One machine that is server and client. For a cluster, enable `server` on one machine and `client` on the others, and name
# the server there: servers = ["10.0.0.1"].
server {
  enabled          = true
  bootstrap_expect = 1
}

client {
  enabled = true

  meta {
    rack = "r1"
  }

  # What tasks do not get.
  reserved {
    cpu            = 200
    memory         = 256
    reserved_ports = "22"
  }
}

plugin "docker" {
  config {
    allow_privileged = false

    volumes {
      enabled = false
    }
  }
}

# Tasks of raw_exec run as the agent's user, without isolation. Leave this off where you do not trust those who submit jobs.
plugin "raw_exec" {
  config {
    enabled = false
  }
}
