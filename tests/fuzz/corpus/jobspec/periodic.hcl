job "p" { datacenters = ["*"] type = "batch"
 periodic { cron = "*/15 * * * * *" prohibit_overlap = true time_zone = "America/New_York" }
 group "g" { task "t" { driver = "mock" } } }
