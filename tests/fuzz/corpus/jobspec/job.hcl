job "web" {
  datacenters = ["dc1"]
  type = "batch"
  group "g" {
    count = 2
    restart { attempts = 3 interval = "1m" delay = "5s" mode = "fail" }
    task "t" {
      driver = "raw_exec"
      config { command = "/bin/sh" args = ["-c", "echo ${NOMAD_ALLOC_ID}"] }
      resources { cpu = 100 memory = 64 network { mbits = 10 port "http" {} } }
      artifact { source = "http://localhost/x" options { checksum = "md5:00" } }
      template { data = <<EOH
{{ key "a" }}
EOH
        destination = "local/x" }
      service { name = "${TASK}-x" port = "http" check { type = "tcp" interval = "10s" timeout = "2s" } }
      constraint { attribute = "${attr.kernel.name}" operator = "regexp" value = "l.*" }
    }
  }
}
