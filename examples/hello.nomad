# The first job to run: a web server in a container, with a port that Drover chooses and a health check.
#
#   drover job run hello.nomad
#   drover job status hello
#   drover alloc logs -job hello
job "hello" {
  datacenters = ["dc1"]

  group "web" {
    task "server" {
      driver = "docker"

      config {
        image   = "busybox:1"
        command = "/bin/sh"
        args    = ["-c", "echo \"hello from $NOMAD_ALLOC_NAME on port $NOMAD_HOST_PORT_http\"; echo hello > index.html; exec httpd -f -p 8080"]

        port_map {
          http = 8080
        }
      }

      service {
        name = "hello"
        port = "http"

        check {
          type     = "http"
          path     = "/index.html"
          interval = "5s"
          timeout  = "2s"
        }
      }

      resources {
        cpu    = 100
        memory = 64

        network {
          port "http" {}
        }
      }
    }
  }
}
