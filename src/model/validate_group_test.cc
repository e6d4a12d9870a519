#include "model/validate_test_support.h"

namespace drover::model {
namespace {

TEST(ValidateMigrate, IsForServicesOnly) {
  expect_errors({
      {{.job = R"("Type": "batch", "Migrate": {"MaxParallel": 1})"}, "Migrate", "only service jobs"},
      {{.job = R"("Type": "batch")", .group = R"("Migrate": {})"}, "TaskGroups[0].Migrate", "only service jobs"},
      {{.job = R"("Migrate": {"MaxParallel": -1})"}, "Migrate.MaxParallel", "not be negative"},
      {{.group = R"("Migrate": {"HealthCheck": "manual"})"},
       "TaskGroups[0].Migrate.HealthCheck",
       "checks or task_states"},
      {{.group = R"("Migrate": {"MinHealthyTime": "6m"})"}, "TaskGroups[0].Migrate.MinHealthyTime", "healthy_deadline"},
      {{.group = R"("Migrate": {"MinHealthyTime": -1})"}, "TaskGroups[0].Migrate.MinHealthyTime", "not be negative"},
  });
}

TEST(ValidateDisconnect, RefusesWhatContradictsItself) {
  expect_errors({
      {{.group = R"("Disconnect": {"LostAfter": "1h", "StopOnClientAfter": "1h"})"},
       "TaskGroups[0].Disconnect.StopOnClientAfter",
       "exclude each other"},
      {{.group = R"("Disconnect": {"LostAfter": "1h"}, "MaxClientDisconnect": "2h")"},
       "TaskGroups[0].MaxClientDisconnect",
       "older spelling of lost_after"},
      {{.group = R"("Disconnect": {"Replace": true}, "PreventRescheduleOnLost": true)"},
       "TaskGroups[0].PreventRescheduleOnLost",
       "older spelling of replace"},
      {{.group = R"("MaxClientDisconnect": -1)"}, "TaskGroups[0].Disconnect.LostAfter", "max_client_disconnect"},
      {{.group = R"("StopAfterClientDisconnect": -1)"},
       "TaskGroups[0].Disconnect.StopOnClientAfter",
       "stop_after_client_disconnect"},
      {{.group = R"("Disconnect": {"Reconcile": "luck"})"}, "TaskGroups[0].Disconnect.Reconcile", "best_score"},
      {{.job = R"("Type": "system")", .group = R"("Disconnect": {"StopOnClientAfter": "1h"})"},
       "TaskGroups[0].Disconnect.StopOnClientAfter",
       "service and batch"},
  });
  expect_good({{.group = R"("MaxClientDisconnect": "1h", "PreventRescheduleOnLost": true)"},
               {.group = R"("Disconnect": {"LostAfter": "6h", "Replace": false, "Reconcile": "keep_original"})"}});
}

TEST(ValidateScaling, BoundsHoldTheCount) {
  expect_errors({
      {{.group = R"("Scaling": {"Min": 1})"}, "TaskGroups[0].Scaling", "needs a max"},
      {{.group = R"("Scaling": {"Min": -1, "Max": 3})"}, "TaskGroups[0].Scaling.Min", "not be negative"},
      {{.group = R"("Count": 3, "Scaling": {"Min": 4, "Max": 3})"},
       "TaskGroups[0].Scaling.Max",
       "less than the minimum"},
      {{.group = R"("Count": 9, "Scaling": {"Min": 1, "Max": 3})"}, "TaskGroups[0].Scaling", "count (9)"},
      {{.group = R"("Scaling": {"Type": "diagonal", "Max": 3})"}, "TaskGroups[0].Scaling.Type", "horizontally"},
      {{.group = R"("Scaling": {"Max": 3, "Policy": "x"})"}, "TaskGroups[0].Scaling.Policy", "an object"},
      {{.task = R"("ScalingPolicies": [{"Type": "horizontal", "Max": 3}])"},
       "TaskGroups[0].Tasks[0].ScalingPolicies[0].Type",
       "\"cpu\" or \"mem\""},
      {{.task = R"("ScalingPolicies": [{"Type": "vertical_cpu", "Max": 3}, {"Type": "vertical_cpu", "Max": 3}])"},
       "TaskGroups[0].Tasks[0].ScalingPolicies[1].Type",
       "two policies"},
  });
  expect_good({{.group = R"("Count": 2, "Scaling": {"Max": 2})"},
               {.task = R"("ScalingPolicies": [{"Type": "vertical_cpu", "Max": 900, "Min": 50}])"}});
}

TEST(ValidateMultiregion, NamesEveryRegionOnce) {
  expect_errors({
      {{.job = R"("Multiregion": {})"}, "Multiregion.Regions", "no region"},
      {{.job = R"("Multiregion": {"Regions": [{"Name": "a"}, {"Name": "a"}]})"},
       "Multiregion.Regions[1].Name",
       "twice"},
      {{.job = R"("Multiregion": {"Regions": [{"Name": "a", "Count": -1}]})"},
       "Multiregion.Regions[0].Count",
       "negative"},
      {{.job = R"("Multiregion": {"Strategy": {"OnFailure": "cry"}, "Regions": [{"Name": "a"}]})"},
       "Multiregion.Strategy.OnFailure",
       "fail_all"},
  });
}

TEST(ValidateJobKeys, NamesAndLinks) {
  expect_errors({
      {{.job = R"("Namespace": "a b")"}, "Namespace", "namespace"},
      {{.job = R"("NodePool": "a/b")"}, "NodePool", "node pool"},
      {{.job = R"("UI": {"Links": [{"Url": "https://x"}]})"}, "UI.Links[0].Label", "missing"},
      {{.group = R"("MaxRunDuration": "1h")"}, "TaskGroups[0].MaxRunDuration", "batch jobs only"},
      {{.job = R"("Type": "batch")", .group = R"("MaxRunDuration": -1)"}, "TaskGroups[0].MaxRunDuration", "negative"},
  });
}

TEST(ValidateJobKeys, AutoPromotionNeedsAllGroups) {
  auto job = codec::from_json<Job>(R"({"ID": "a", "Datacenters": ["dc1"], "TaskGroups": [
      {"Name": "x", "Update": {"Canary": 1, "AutoPromote": true}, "Tasks": [{"Name": "t", "Driver": "docker"}]},
      {"Name": "y", "Update": {"Canary": 1}, "Tasks": [{"Name": "t", "Driver": "docker"}]}]})");
  ASSERT_TRUE(job.has_value());
  EXPECT_THAT(found_in(*job).warnings, testing::ElementsAre(testing::HasSubstr("auto_promote has no effect")));
}

TEST(ValidateNetwork, ModesPortsAndNames) {
  const std::string at = "TaskGroups[0].Networks[0].";
  const auto path = [&](std::string_view key) { return at + std::string(key); };
  const std::string mode = path("Mode");
  const std::string to = path("DynamicPorts[0].To");
  const std::string host_network = path("DynamicPorts[0].HostNetwork");
  const std::string dynamic_collision = path("DynamicPorts[0].IgnoreCollision");
  const std::string static_collision = path("ReservedPorts[0].IgnoreCollision");
  const std::string hostname = path("Hostname");
  const std::string server = path("DNS.Servers[0]");
  const std::string cni = path("CNI");
  const std::string second = path("ReservedPorts[1].Value");
  expect_errors({
      {{.group = R"("Networks": [{"Mode": "cni/"}])"}, mode, "the name of the CNI network"},
      {{.group = R"("Networks": [{"Mode": "wifi"}])"}, mode, "host, bridge, private, none or cni/<name>"},
      {{.group = R"("Networks": [{"DynamicPorts": [{"Label": "a", "To": 70000}]}])"}, to, "65535"},
      {{.group = R"("Networks": [{"DynamicPorts": [{"Label": "a", "HostNetwork": "a b"}]}])"}, host_network, "a b"},
      {{.group = R"("Networks": [{"DynamicPorts": [{"Label": "a", "IgnoreCollision": true}]}])"},
       dynamic_collision,
       "static ports only"},
      {{.group = R"("Networks": [{"Mode": "bridge", "ReservedPorts": [{"Label": "a", "Value": 1,
                                  "IgnoreCollision": true}]}])"},
       static_collision,
       "mode host only"},
      {{.group = R"("Networks": [{"Hostname": "-x"}])"}, hostname, "letters, digits and hyphens"},
      {{.group = R"("Networks": [{"DNS": {"Servers": ["dns.example"]}}])"}, server, "IP address"},
      {{.group = R"("Networks": [{"Mode": "bridge", "CNI": {"Args": {"a": "b"}}}])"}, cni, "cni/<name>"},
      {{.group = R"("Networks": [{"ReservedPorts": [{"Label": "a", "Value": 80}, {"Label": "b", "Value": 80}]}])"},
       second,
       "also used by the group"},
  });
  expect_good({{.group = R"("Networks": [{"Mode": "bridge", "Hostname": "a-1.${node.unique.name}",
                   "DNS": {"Servers": ["10.0.0.1", "::1", "${attr.x}"], "Searches": ["a.b"], "Options": ["ndots:2"]},
                   "DynamicPorts": [{"Label": "a", "To": -1}]}])"},
               {.group = R"("Networks": [{"ReservedPorts": [{"Label": "a", "Value": 80, "HostNetwork": "public"},
                                                           {"Label": "b", "Value": 80}]}])"}});
}

TEST(ValidateNetwork, APrivateOneIsForDocker) {
  const auto errors = [](const std::string& driver) {
    auto job = codec::from_json<Job>(R"({"ID": "a", "Datacenters": ["dc1"], "TaskGroups": [{"Name": "x",
        "Networks": [{"Mode": "private"}], "Tasks": [{"Name": "one", "Driver": "docker"},
                                                    {"Name": "two", "Driver": ")" +
                                     driver + "\"}]}]}");
    return found_in(*job).errors;
  };
  EXPECT_THAT(errors("noop"), testing::IsEmpty());
  EXPECT_THAT(errors("raw_exec"),
              testing::ElementsAre(testing::AllOf(testing::HasSubstr("TaskGroups[0].Tasks[1].Driver"),
                                                  testing::HasSubstr("mode private"))));
}

TEST(ValidateVolumes, SayWhatTheirTypeNeeds) {
  const std::string at = "TaskGroups[0].Volumes[v].";
  const auto path = [&](std::string_view key) { return at + std::string(key); };
  const std::string type = path("Type");
  const std::string source = path("Source");
  const std::string access = path("AccessMode");
  const std::string attach = path("AttachmentMode");
  const std::string options = path("MountOptions");
  const std::string sticky = path("Sticky");
  expect_errors({
      {{.group = R"("Volumes": {"v": {"Source": "x"}})"}, type, "missing"},
      {{.group = R"("Volumes": {"v": {"Type": "nfs", "Source": "x"}})"}, type, "host, csi or alloc"},
      {{.group = R"("Volumes": {"v": {"Type": "host"}})"}, source, "missing"},
      {{.group = R"("Volumes": {"v": {"Type": "alloc", "Source": "x"}})"}, source, "no source"},
      {{.group = R"("Volumes": {"v": {"Type": "host", "Source": "x", "AccessMode": "multi-node-multi-writer"}})"},
       access,
       "on one node"},
      {{.group = R"("Volumes": {"v": {"Type": "host", "Source": "x", "MountOptions": {"FSType": "ext4"}}})"},
       options,
       "for csi volumes"},
      {{.group = R"("Volumes": {"v": {"Type": "csi", "Source": "x", "AttachmentMode": "file-system"}})"},
       access,
       "needs an access_mode"},
      {{.group = R"("Volumes": {"v": {"Type": "csi", "Source": "x", "AccessMode": "single-node-writer"}})"},
       attach,
       "needs an attachment_mode"},
      {{.group =
            R"("Volumes": {"v": {"Type": "csi", "Source": "x", "AccessMode": "all", "AttachmentMode": "file-system"}})"},
       access,
       "single-node-writer, "},
      {{.group = R"("Count": 2, "Volumes": {"v": {"Type": "csi", "Source": "x", "AccessMode": "single-node-writer",
                    "AttachmentMode": "file-system"}})"},
       access,
       "allows one writer"},
      {{.group = R"("Volumes": {"v": {"Type": "csi", "Source": "x", "AccessMode": "multi-node-reader-only",
                    "AttachmentMode": "file-system"}})"},
       access,
       "read_only = true"},
      {{.group = R"("Volumes": {"v": {"Type": "csi", "Source": "x", "AccessMode": "single-node-writer", "Sticky": true,
                    "AttachmentMode": "file-system"}})"},
       sticky,
       "host volumes"},
  });
  expect_good({{.group = R"("Volumes": {"v": {"Type": "host", "Source": "x", "ReadOnly": true, "Sticky": true}})"},
               {.group = R"("Volumes": {"v": {"Type": "alloc"}})"},
               {.group = R"("Count": 3, "Volumes": {"v": {"Type": "csi", "Source": "x", "PerAlloc": true,
                    "AccessMode": "single-node-writer", "AttachmentMode": "file-system",
                    "MountOptions": {"FSType": "ext4", "MountFlags": ["noatime"]}}})"}});
}

TEST(ValidateVolumes, AreMountedWhereTheTaskSeesThem) {
  constexpr std::string_view kVolume = R"("Volumes": {"v": {"Type": "alloc"}})";
  expect_errors({
      {{.group = kVolume, .task = R"("VolumeMounts": [{"Volume": "w", "Destination": "/w"}])"},
       "TaskGroups[0].Tasks[0].VolumeMounts[0].Volume",
       "no volume \"w\""},
      {{.group = kVolume, .task = R"("VolumeMounts": [{"Volume": "v"}])"},
       "TaskGroups[0].Tasks[0].VolumeMounts[0].Destination",
       "missing"},
      {{.group = kVolume, .task = R"("VolumeMounts": [{"Volume": "v", "Destination": "/a/../etc"}])"},
       "TaskGroups[0].Tasks[0].VolumeMounts[0].Destination",
       "path from the root"},
      {{.group = kVolume, .task = R"("VolumeMounts": [{"Volume": "v", "Destination": "/a"},
                                                     {"Volume": "v", "Destination": "/a"}])"},
       "TaskGroups[0].Tasks[0].VolumeMounts[1].Destination",
       "two volumes"},
      {{.group = kVolume,
        .task = R"("VolumeMounts": [{"Volume": "v", "Destination": "/a", "PropagationMode": "all"}])"},
       "TaskGroups[0].Tasks[0].VolumeMounts[0].PropagationMode",
       "bidirectional"},
  });
  expect_good(
      {{.group = kVolume, .task = R"("VolumeMounts": [{"Volume": "v", "Destination": "${NOMAD_TASK_DIR}/v"}])"}});
}

TEST(ValidateCsiPlugin, HasIdAndType) {
  expect_errors({
      {{.task = R"("CSIPluginConfig": {"Type": "node", "MountDir": "/csi"})"},
       "TaskGroups[0].Tasks[0].CSIPluginConfig.ID",
       "missing"},
      {{.task = R"("CSIPluginConfig": {"ID": "x", "Type": "disk", "MountDir": "/csi"})"},
       "TaskGroups[0].Tasks[0].CSIPluginConfig.Type",
       "monolith"},
      {{.task = R"("CSIPluginConfig": {"ID": "x", "Type": "node", "MountDir": "csi"})"},
       "TaskGroups[0].Tasks[0].CSIPluginConfig.MountDir",
       "from the root"},
  });
}

}  // namespace
}  // namespace drover::model
