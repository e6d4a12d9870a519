#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/hcl_snippets.h"

// The blocks of jobs, groups and services: the tree that a snippet of each becomes.
namespace drover::jobspec {
namespace {

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

}  // namespace
}  // namespace drover::jobspec
