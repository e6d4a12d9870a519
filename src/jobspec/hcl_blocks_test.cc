#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/test_support.h"

// Every block of the job language: the tree that a snippet of it becomes.
namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string without_names(const codec::Value* value) {
  EXPECT_NE(value, nullptr);
  if (!value) return {};
  codec::Value copy = *value;
  copy.erase("Name");
  copy.erase("ID");
  return codec::dump(sorted(std::move(copy)));
}

ParsedJob parsed(const std::string& text) {
  ParsedJob out = parse(text);
  EXPECT_TRUE(out.ok()) << out.diagnostics.to_error().message() << "\n" << text;
  return out;
}

std::string job_tree(const std::string& snippet) {
  const ParsedJob job = parsed("job \"j\" {\n" + snippet + "\n}");
  return without_names(&job.tree);
}

std::string group_tree(const std::string& snippet) {
  const ParsedJob job = parsed("job \"j\" {\ngroup \"g\" {\n" + snippet + "\n}\n}");
  return without_names(&job.tree.find("TaskGroups")->as_array()->front());
}

std::string task_tree(const std::string& snippet) {
  const ParsedJob job = parsed("job \"j\" {\ngroup \"g\" {\ntask \"t\" {\n" + snippet + "\n}\n}\n}");
  return without_names(&job.tree.find("TaskGroups")->as_array()->front().find("Tasks")->as_array()->front());
}

TEST(HclJob, AffinityAndSpread) {
  EXPECT_EQ(
      job_tree(R"(
    affinity {
      attribute = "${attr.kernel.name}"
      value     = "linux"
      weight    = -25
    }
    affinity {
      attribute = "${attr.driver.docker.version}"
      version   = ">= 20"
    }
    spread {
      attribute = "${node.datacenter}"
      weight    = 80
      target "us-east1" {
        percent = 60
      }
      target "us-west1" {
        percent = 40
      }
    })"),
      same(R"({"Affinities": [{"LTarget": "${attr.kernel.name}", "RTarget": "linux", "Operand": "=", "Weight": -25},
                                    {"LTarget": "${attr.driver.docker.version}", "RTarget": ">= 20", "Operand": "version"}],
                     "Spreads": [{"Attribute": "${node.datacenter}", "Weight": 80, "SpreadTarget": [
                         {"Value": "us-east1", "Percent": 60}, {"Value": "us-west1", "Percent": 40}]}]})"));
}

TEST(HclJob, PoliciesAndMultiregion) {
  EXPECT_EQ(job_tree(R"(
    migrate {
      max_parallel     = 2
      health_check     = "task_states"
      min_healthy_time = "15s"
    }
    reschedule {
      attempts  = 0
      unlimited = true
    }
    multiregion {
      strategy {
        max_parallel = 1
        on_failure   = "fail_all"
      }
      region "west" {
        count       = 2
        datacenters = ["west-1"]
        meta {
          my-key = "w"
        }
      }
      region "east" {}
    })"),
            same(R"({"Migrate": {"MaxParallel": 2, "HealthCheck": "task_states", "MinHealthyTime": 15000000000},
                     "Reschedule": {"Attempts": 0, "Unlimited": true},
                     "Multiregion": {"Strategy": {"MaxParallel": 1, "OnFailure": "fail_all"}, "Regions": [
                        {"Name": "west", "Count": 2, "Datacenters": ["west-1"], "Meta": {"my-key": "w"}},
                        {"Name": "east"}]}})"));
}

TEST(HclJob, PeriodicParameterizedAndUi) {
  EXPECT_EQ(job_tree(R"(
    type = "batch"
    periodic {
      crons            = ["*/15 * * * *", "@daily"]
      prohibit_overlap = true
      time_zone        = "America/New_York"
    }
    parameterized {
      payload       = "required"
      meta_required = ["a"]
      meta_optional = ["b"]
    }
    ui {
      description = "*it*"
      link {
        label = "docs"
        url   = "https://example.com"
      }
    })"),
            same(R"({"Type": "batch", "Periodic": {"Specs": ["*/15 * * * *", "@daily"], "SpecType": "cron",
                        "ProhibitOverlap": true, "TimeZone": "America/New_York"},
                     "ParameterizedJob": {"Payload": "required", "MetaRequired": ["a"], "MetaOptional": ["b"]},
                     "UI": {"Description": "*it*", "Links": [{"Label": "docs", "Url": "https://example.com"}]}})"));
}

TEST(HclGroup, NetworkAndVolumes) {
  EXPECT_EQ(group_tree(R"(
    network {
      mode     = "bridge"
      hostname = "web"
      port "http" {
        static       = 80
        to           = 8080
        host_network = "public"
      }
      port "any" {
        to = -1
      }
      dns {
        servers  = ["10.0.0.1"]
        searches = ["example"]
        options  = ["ndots:2"]
      }
      cni {
        args = { a = "b" }
      }
    }
    volume "data" {
      type            = "csi"
      source          = "vol"
      read_only       = true
      access_mode     = "single-node-reader-only"
      attachment_mode = "file-system"
      per_alloc       = true
      mount_options {
        fs_type     = "ext4"
        mount_flags = ["noatime"]
      }
    }
    volume "certs" {
      type   = "host"
      source = "ca"
      sticky = true
    })"),
            same(R"({"Networks": [{"Mode": "bridge", "Hostname": "web",
                        "ReservedPorts": [{"Label": "http", "Value": 80, "To": 8080, "HostNetwork": "public"}],
                        "DynamicPorts": [{"Label": "any", "To": -1}],
                        "DNS": {"Servers": ["10.0.0.1"], "Searches": ["example"], "Options": ["ndots:2"]},
                        "CNI": {"Args": {"a": "b"}}}],
                     "Volumes": {"data": {"Name": "data", "Type": "csi", "Source": "vol", "ReadOnly": true,
                        "AccessMode": "single-node-reader-only", "AttachmentMode": "file-system", "PerAlloc": true,
                        "MountOptions": {"FSType": "ext4", "MountFlags": ["noatime"]}},
                        "certs": {"Name": "certs", "Type": "host", "Source": "ca"}}})"));
}

TEST(HclGroup, ScalingDisconnectAndConsul) {
  EXPECT_EQ(
      group_tree(R"(
    scaling {
      min = 1
      max = 30
      policy {
        cooldown = "1m"
        check "load" {
          source = "prometheus"
        }
      }
    }
    disconnect {
      lost_after = "6h"
      replace    = false
      reconcile  = "keep_original"
    }
    consul {
      namespace = "n"
      cluster   = "c"
    }
    max_run_duration             = "1h"
    shutdown_delay               = "5s"
    max_client_disconnect        = "2h"
    stop_after_client_disconnect = "3h"
    prevent_reschedule_on_lost   = true)"),
      same(R"({"Scaling": {"Type": "horizontal", "Enabled": true, "Min": 1, "Max": 30, "Policy": {"cooldown": "1m",
                        "check": [{"load": [{"source": "prometheus"}]}]}},
                     "Disconnect": {"LostAfter": 21600000000000, "Replace": false, "Reconcile": "keep_original"},
                     "Consul": {"Namespace": "n", "Cluster": "c"}, "MaxRunDuration": 3600000000000,
                     "ShutdownDelay": 5000000000, "MaxClientDisconnect": 7200000000000,
                     "StopAfterClientDisconnect": 10800000000000, "PreventRescheduleOnLost": true})"));
}

TEST(HclService, RegistrationAndChecks) {
  EXPECT_EQ(
      group_tree(R"(
    service {
      name        = "web"
      port        = "http"
      provider    = "consul"
      on_update   = "ignore_warnings"
      tags        = ["a"]
      canary_tags = ["b"]
      meta {
        x = "y"
      }
      canary_meta {
        x = "z"
      }
      tagged_addresses {
        lan = "10.0.0.1"
      }
      weights {
        passing = 3
      }
      identity {
        aud = ["consul.io"]
        ttl = "1h"
      }
      check {
        type                     = "grpc"
        grpc_service             = "health"
        grpc_use_tls             = true
        success_before_passing   = 2
        failures_before_critical = 3
        interval                 = "10s"
        timeout                  = "2s"
      }
      check {
        type   = "http"
        path   = "/"
        method = "POST"
        body   = "{}"
        header {
          Authorization = ["Basic x"]
        }
        check_restart {
          limit = 3
          grace = "90s"
        }
      }
    })"),
      same(R"({"Services": [{"Name": "web", "PortLabel": "http", "Provider": "consul", "OnUpdate": "ignore_warnings",
                      "Tags": ["a"], "CanaryTags": ["b"], "Meta": {"x": "y"}, "CanaryMeta": {"x": "z"},
                      "TaggedAddresses": {"lan": "10.0.0.1"}, "Weights": {"Passing": 3},
                      "Identity": {"Audience": ["consul.io"], "TTL": 3600000000000}, "Checks": [
                        {"Type": "grpc", "GRPCService": "health", "GRPCUseTLS": true, "SuccessBeforePassing": 2,
                         "FailuresBeforeCritical": 3, "Interval": 10000000000, "Timeout": 2000000000},
                        {"Type": "http", "Path": "/", "Method": "POST", "Body": "{}",
                         "Header": {"Authorization": ["Basic x"]},
                         "CheckRestart": {"Limit": 3, "Grace": 90000000000}}]}]})"));
}

TEST(HclService, SidecarsUpstreamsAndExposedPaths) {
  EXPECT_EQ(group_tree(R"(
    service {
      connect {
        sidecar_service {
          tags = ["mesh"]
          proxy {
            local_service_port = 8080
            upstreams {
              destination_name = "db"
              local_bind_port  = 5432
              mesh_gateway {
                mode = "local"
              }
              config {
                connect_timeout_ms = 100
              }
            }
            upstreams {
              destination_name = "cache"
              local_bind_port  = 6379
            }
            expose {
              path {
                path            = "/health"
                protocol        = "http"
                local_path_port = 9001
                listener_port   = "health"
              }
            }
            transparent_proxy {
              uid                    = "101"
              outbound_port          = 15001
              exclude_outbound_ports = [443]
              no_dns                 = true
            }
          }
        }
        sidecar_task {
          driver       = "docker"
          kill_timeout = "10s"
          env {
            A = "b"
          }
          config {
            image = "envoy"
          }
          resources {
            cpu = 50
          }
          logs {
            max_files = 2
          }
        }
      }
    })"),
            same(R"({"Services": [{"Connect": {
                "SidecarService": {"Tags": ["mesh"], "Proxy": {"LocalServicePort": 8080, "Upstreams": [
                    {"DestinationName": "db", "LocalBindPort": 5432, "MeshGateway": {"Mode": "local"},
                     "Config": {"connect_timeout_ms": 100}}, {"DestinationName": "cache", "LocalBindPort": 6379}],
                  "ExposeConfig": {"Path": [{"Path": "/health", "Protocol": "http", "LocalPathPort": 9001,
                                             "ListenerPort": "health"}]},
                  "TransparentProxy": {"UID": "101", "OutboundPort": 15001, "ExcludeOutboundPorts": [443],
                                       "NoDNS": true}}},
                "SidecarTask": {"Driver": "docker", "KillTimeout": 10000000000, "Env": {"A": "b"},
                  "Config": {"image": "envoy"}, "Resources": {"CPU": 50}, "LogConfig": {"MaxFiles": 2}}}}]})"));
}

TEST(HclService, Gateways) {
  EXPECT_EQ(group_tree(R"(
    service {
      connect {
        gateway {
          proxy {
            connect_timeout = "500ms"
            envoy_gateway_bind_addresses "all" {
              address = "0.0.0.0"
              port    = 8080
            }
          }
          ingress {
            tls {
              enabled = true
            }
            listener {
              port     = 8080
              protocol = "http"
              service {
                name  = "web"
                hosts = ["example.com"]
              }
            }
          }
        }
      }
    }
    service {
      connect {
        gateway {
          terminating {
            service {
              name    = "api"
              ca_file = "ca.pem"
            }
          }
        }
      }
    }
    service {
      connect {
        gateway {
          mesh {}
        }
      }
    })"),
            same(R"({"Services": [
                {"Connect": {"Gateway": {"Proxy": {"ConnectTimeout": 500000000, "EnvoyGatewayBindAddresses": {"all":
                    {"Name": "all", "Address": "0.0.0.0", "Port": 8080}}}, "Ingress": {"TLS": {"Enabled": true},
                    "Listeners": [{"Port": 8080, "Protocol": "http", "Services": [
                        {"Name": "web", "Hosts": ["example.com"]}]}]}}}},
                {"Connect": {"Gateway": {"Terminating": {"Services": [{"Name": "api", "CAFile": "ca.pem"}]}}}},
                {"Connect": {"Gateway": {"Mesh": {}}}}]})"));
}

TEST(HclTask, Resources) {
  EXPECT_EQ(task_tree(R"(
    resources {
      cores      = 2
      memory     = 256
      memory_max = 512
      secrets    = 2
      device "nvidia/gpu" {
        count = 2
        constraint {
          attribute = "${device.attr.memory}"
          operator  = ">="
          value     = "2 GiB"
        }
        affinity {
          attribute = "${device.model}"
          regexp    = "^A"
          weight    = 75
        }
      }
      numa {
        affinity = "require"
        devices  = ["nvidia/gpu"]
      }
    })"),
            same(R"({"Resources": {"Cores": 2, "MemoryMB": 256, "MemoryMaxMB": 512, "SecretsMB": 2, "Devices": [
                {"Name": "nvidia/gpu", "Count": 2, "Constraints": [{"LTarget": "${device.attr.memory}", "Operand": ">=",
                    "RTarget": "2 GiB"}], "Affinities": [{"LTarget": "${device.model}", "Operand": "regexp",
                    "RTarget": "^A", "Weight": 75}]}], "NUMA": {"Affinity": "require", "Devices": ["nvidia/gpu"]}}})"));
}

TEST(HclTask, ScalingIsNamedAfterItsResource) {
  EXPECT_EQ(task_tree(R"(
    scaling "cpu" {
      max = 500
    }
    scaling "mem" {
      enabled = false
      min     = 64
      max     = 512
      policy  = { a = 1 }
    })"),
            same(R"({"ScalingPolicies": [{"Type": "vertical_cpu", "Enabled": true, "Max": 500},
                {"Type": "vertical_mem", "Enabled": false, "Min": 64, "Max": 512, "Policy": {"a": 1}}]})"));
}

TEST(HclTask, LifecycleMountsAndPlugins) {
  EXPECT_EQ(task_tree(R"(
    lifecycle {
      hook    = "prestart"
      sidecar = true
    }
    volume_mount {
      volume           = "data"
      destination      = "/data"
      read_only        = true
      propagation_mode = "host-to-task"
    }
    csi_plugin {
      id             = "ebs"
      type           = "monolith"
      mount_dir      = "/csi"
      health_timeout = "1m"
    }
    kind = "connect-proxy:web")"),
            same(R"({"Lifecycle": {"Hook": "prestart", "Sidecar": true}, "VolumeMounts": [{"Volume": "data",
                    "Destination": "/data", "ReadOnly": true, "PropagationMode": "host-to-task"}],
                "CSIPluginConfig": {"ID": "ebs", "Type": "monolith", "MountDir": "/csi", "HealthTimeout": 60000000000},
                "Kind": "connect-proxy:web"})"));
}

TEST(HclTask, ArtifactsAndTemplates) {
  EXPECT_EQ(task_tree(R"(
    artifact {
      source = "https://example.com/a.zip"
      mode   = "file"
      chown  = true
      headers {
        X-Token = "t"
      }
      options {
        checksum = "md5:c4aa853ad2215426eb7d70a21922e794"
      }
    }
    template {
      data        = "x"
      destination = "local/x"
      change_mode = "script"
      uid         = 1000
      once        = true
      wait {
        min = "2s"
        max = "60s"
      }
      change_script {
        command       = "/bin/reload"
        args          = ["-q"]
        timeout       = "20s"
        fail_on_error = true
      }
    })"),
            same(R"({"Artifacts": [{"GetterSource": "https://example.com/a.zip", "GetterMode": "file", "Chown": true,
                    "GetterHeaders": {"X-Token": "t"},
                    "GetterOptions": {"checksum": "md5:c4aa853ad2215426eb7d70a21922e794"}}],
                "Templates": [{"EmbeddedTmpl": "x", "DestPath": "local/x", "ChangeMode": "script", "Uid": 1000,
                    "Once": true, "Splay": 5000000000, "Perms": "0644", "Wait": {"Min": 2000000000, "Max": 60000000000},
                    "ChangeScript": {"Command": "/bin/reload", "Args": ["-q"], "Timeout": 20000000000,
                                     "FailOnError": true}}]})"));
}

TEST(HclTask, IdentitiesActionsSecretsAndSchedules) {
  EXPECT_EQ(task_tree(R"(
    identity {
      env  = true
      file = true
    }
    identity {
      name          = "aws"
      aud           = ["aws"]
      ttl           = "1h"
      change_mode   = "signal"
      change_signal = "SIGHUP"
    }
    action "hi" {
      command = "/bin/echo"
      args    = ["hi"]
    }
    secret "db" {
      provider = "vault"
      path     = "kv/db"
      config {
        engine = "kv_v2"
      }
      env {
        A = "b"
      }
    }
    schedule {
      cron {
        start    = "30 9 * * MON-FRI *"
        end      = "0 16"
        timezone = "America/New_York"
      }
    }
    consul {
      partition = "p"
    })"),
            same(R"({"Identity": {"Env": true, "File": true}, "Identities": [{"Name": "aws", "Audience": ["aws"],
                    "TTL": 3600000000000, "ChangeMode": "signal", "ChangeSignal": "SIGHUP"}],
                "Actions": [{"Name": "hi", "Command": "/bin/echo", "Args": ["hi"]}],
                "Secrets": [{"Name": "db", "Provider": "vault", "Path": "kv/db", "Config": {"engine": "kv_v2"},
                    "Env": {"A": "b"}}],
                "Schedule": {"Cron": {"Start": "30 9 * * MON-FRI *", "End": "0 16", "Timezone": "America/New_York"}},
                "Consul": {"Partition": "p"}})"));
}

TEST(HclTask, LogsMayBeSwitchedOff) {
  EXPECT_EQ(task_tree("logs {\nenabled = false\n}"), same(R"({"LogConfig": {"Disabled": true}})"));
  EXPECT_EQ(task_tree("logs {\ndisabled = true\n}"), same(R"({"LogConfig": {"Disabled": true}})"));
}

TEST(HclTask, ResultsEndpointsAndAssets) {
  EXPECT_EQ(task_tree(R"(
    stage    = "one"
    literals = true
    result "speed" {
      pattern = "([0-9]+) MB/s"
      streams = ["stdout"]
    }
    expose "8080" {
      type = "web"
      check {
        type            = "http"
        path            = "/"
        expected_status = 200
      }
    }
    asset {
      type   = "HF"
      target = "/models"
      repo   = "org/model"
    })"),
            same(R"({"Stage": "one", "Literals": true, "Results": [{"Name": "speed", "Pattern": "([0-9]+) MB/s",
                    "Streams": ["stdout"]}], "Expose": [{"Port": "8080", "Type": "web", "Checks": [{"Type": "http",
                    "Path": "/", "ExpectedStatus": 200}]}],
                "Assets": [{"Type": "HF", "Target": "/models", "Repo": "org/model"}]})"));
}

TEST(HclVault, IsInheritedFromGroupAndJob) {
  EXPECT_EQ(job_tree(R"(
    vault {
      policies = ["job"]
    }
    group "a" {
      vault {
        policies = ["group"]
      }
      task "t" {}
      task "u" {
        vault {
          policies    = ["task"]
          change_mode = "noop"
          env         = false
        }
      }
    }
    group "b" {
      task "t" {}
    })"),
            same(R"({"TaskGroups": [
                {"Name": "a", "Tasks": [
                  {"Name": "t", "Vault": {"Policies": ["group"], "Env": true, "ChangeMode": "restart"}},
                  {"Name": "u", "Vault": {"Policies": ["task"], "Env": false, "ChangeMode": "noop"}}]},
                {"Name": "b", "Tasks": [
                  {"Name": "t", "Vault": {"Policies": ["job"], "Env": true, "ChangeMode": "restart"}}]}]})"));
}

TEST(HclScaling, AGroupWithoutACountBeginsWithTheMinimum) {
  const auto count = [](std::string_view keys) {
    const std::string text = "job \"j\" {\n datacenters = [\"dc1\"]\n group \"g\" {\n" + std::string(keys) +
                             "\n task \"t\" {\n driver = \"docker\"\n }\n }\n}";
    Diagnostics diagnostics;
    const auto job = to_job(parse(text), diagnostics, Purpose::Validate);
    EXPECT_TRUE(job.has_value()) << diagnostics.to_error().message();
    return job ? job->task_groups[0].count : -1;
  };
  EXPECT_EQ(count("scaling {\n min = 3\n max = 9\n }"), 3);
  EXPECT_EQ(count("scaling {\n min = 0\n max = 9\n }"), 0);
  EXPECT_EQ(count("scaling {\n max = 9\n }"), 1);
  EXPECT_EQ(count("count = 5\n scaling {\n min = 3\n max = 9\n }"), 5);
}

TEST(HclErrorsOfBlocks, AllAtOnceWithTheirPlaces) {
  const Outcome out = outcome_of(R"(job "j" {
  datacenters = ["dc1"]
  migrate {
    health_check = "manual"
  }
  group "g" {
    scaling {
      min = 1
    }
    volume "v" {
      type = "nfs"
    }
    task "t" {
      driver = "docker"
      lifecycle {
        hook = "never"
      }
      volume_mount {
        volume      = "w"
        destination = "w"
      }
      identity {
        ttl = "1h"
      }
    }
  }
})",
                                 Purpose::Validate, "j.nomad");
  EXPECT_THAT(out.errors,
              ElementsAre(HasSubstr("j.nomad:7:5: scaling needs a max"), HasSubstr("j.nomad:4:5: unknown health_check"),
                          HasSubstr("j.nomad:11:7: group \"g\", volume \"v\": unknown type \"nfs\""),
                          HasSubstr("j.nomad:13:5: group \"g\", task \"t\": the default identity has no ttl"),
                          HasSubstr("j.nomad:16:9: group \"g\", task \"t\": unknown hook \"never\""),
                          HasSubstr("j.nomad:19:9: group \"g\", task \"t\": there is no volume \"w\""),
                          HasSubstr("j.nomad:20:9: group \"g\", task \"t\": \"w\" must be a path")))
      << out.all;
}

TEST(HclUnsupportedValues, AreNamedWithTheirValue) {
  const Outcome out = outcome_of(R"(job "j" {
  datacenters = ["dc1"]
  group "g" {
    disconnect {
      replace = true
    }
    consul {}
    network {
      port "p" {}
    }
    service {
      port         = "p"
      address_mode = "alloc"
      check {
        type     = "grpc"
        interval = "10s"
        timeout  = "2s"
      }
    }
    task "t" {
      driver = "docker"
      identity {}
    }
  }
})");
  EXPECT_THAT(out.errors, ElementsAre(HasSubstr("address_mode = \"alloc\" is not supported"),
                                      HasSubstr("type = \"grpc\" is not supported")))
      << out.all;
}

}  // namespace
}  // namespace drover::jobspec
