# The first job to run where there is no Docker: a plain process that prints a line now and then.
job "hello" {
  datacenters = ["dc1"]

  group "main" {
    task "talk" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "while true; do echo \"hello from $NOMAD_ALLOC_NAME\"; sleep 5; done"]
      }

      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}
