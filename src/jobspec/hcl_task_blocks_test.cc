#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/hcl_snippets.h"

// The blocks of a task, and what blocks mean together: the tree that a snippet becomes.
namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
      address_mode = "alloc_ipv6"
      check {
        type     = "tcp"
        expose   = true
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
  EXPECT_THAT(out.errors, ElementsAre(HasSubstr("address_mode = \"alloc_ipv6\" is not supported"),
                                      HasSubstr("\"expose\" is not supported")))
      << out.all;
}

}  // namespace
}  // namespace drover::jobspec
