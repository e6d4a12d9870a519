#include "client/fingerprint/cloud.h"

#include "base/strings.h"

namespace drover::client {
namespace {

using codec::Value;

constexpr size_t kMaxValue = 256;  // longer ones are scripts and the like that somebody keeps there
constexpr std::string_view kUnique = "unique.";

constexpr CloudField kAwsFields[] = {
    {"ami-id", "ami-id", false},
    {"hostname", "hostname", true},
    {"instance-id", "instance-id", true},
    {"instance-life-cycle", "instance-life-cycle", false},
    {"instance-type", "instance-type", false},
    {"local-hostname", "local-hostname", true},
    {"local-ipv4", "local-ipv4", true},
    {"mac", "mac", true},
    {"placement.availability-zone", "placement/availability-zone", false},
    {"public-hostname", "public-hostname", true},
    {"public-ipv4", "public-ipv4", true},
};

constexpr CloudField kGceFields[] = {
    {"id", "id", true},
    {"hostname", "hostname", true},
    {"zone", "zone", false},
    {"machine-type", "machineType", false},
    {"cpu-platform", "cpuPlatform", false},
    {"scheduling.automatic-restart", "scheduling/automaticRestart", false},
    {"scheduling.on-host-maintenance", "scheduling/onHostMaintenance", false},
};

constexpr CloudField kAzureFields[] = {
    {"id", "compute/vmId", true},
    {"name", "compute/name", true},
    {"location", "compute/location", false},
    {"resource-group", "compute/resourceGroupName", false},
    {"scale-set", "compute/vmScaleSetName", false},
    {"vm-size", "compute/vmSize", false},
    {"zone", "compute/zone", false},
    {"local-ipv4", "network/interface/0/ipv4/ipAddress/0/privateIpAddress", true},
    {"public-ipv4", "network/interface/0/ipv4/ipAddress/0/publicIpAddress", true},
    {"local-ipv6", "network/interface/0/ipv6/ipAddress/0/privateIpAddress", true},
    {"public-ipv6", "network/interface/0/ipv6/ipAddress/0/publicIpAddress", true},
    {"mac", "network/interface/0/macAddress", true},
};

// A step is the name of a member or, in a list, a digit.
const Value* at(const Value& root, std::string_view path) {
  const Value* value = &root;
  for (const std::string& step : split(path, '/')) {
    if (const auto* list = value->as_array()) {
      const size_t index = static_cast<size_t>(step.front() - '0');
      value = index < list->size() ? &(*list)[index] : nullptr;
    } else {
      value = value->find(step);
    }
    if (!value) return nullptr;
  }
  return value;
}

std::string text_at(const Value& root, std::string_view path) {
  const Value* value = at(root, path);
  if (!value) return "";
  if (const auto* text = value->as_string()) return *text;
  if (const auto* number = value->as_int()) return std::to_string(*number);
  return "";
}

// "projects/123/zones/us-central1-f" → "us-central1-f"
std::string last_step(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

struct Names {
  std::string prefix;  // "platform.aws."
  CloudFacts& facts;

  void add(std::string_view name, std::string_view value, bool unique) const {
    const std::string_view text = trim(value);
    if (text.empty() || text.size() > kMaxValue) return;
    facts.attributes[std::string(unique ? kUnique : "") + prefix + std::string(name)] = text;
  }
  // What people named themselves: they write "unique." before what is of one machine alone.
  void add_named(std::string_view kind, std::string_view name, std::string_view value) const {
    const bool unique = name.starts_with(kUnique);
    if (unique) name.remove_prefix(kUnique.size());
    add(std::string(kind) + std::string(name), value, unique);
  }
};

void add_gce_networks(const Value& instance, const Names& names) {
  const Value* interfaces = instance.find("networkInterfaces");
  if (!interfaces || !interfaces->as_array()) return;
  for (const Value& interface : *interfaces->as_array()) {
    const std::string network = "network." + last_step(text_at(interface, "network"));
    names.add(network, "true", false);
    names.add(network + ".ip", text_at(interface, "ip"), true);
    const Value* outside = interface.find("accessConfigs");
    if (!outside || !outside->as_array()) continue;
    for (size_t i = 0; i < outside->as_array()->size(); i++) {
      names.add(network + ".external-ip." + std::to_string(i), text_at((*outside->as_array())[i], "externalIp"), true);
    }
  }
}

}  // namespace

Cloud cloud_of(const Firmware& firmware) {
  if (firmware.sys_vendor == "Amazon EC2" || firmware.bios_version.find("amazon") != std::string::npos) {
    return Cloud::Aws;
  }
  if (firmware.sys_vendor == "Google" || firmware.product_name == "Google Compute Engine") return Cloud::Gce;
  // Azure's own, told from other machines of its hypervisor.
  if (firmware.chassis_asset_tag == "7783-7084-3265-9085-8269-3286-77") return Cloud::Azure;
  return Cloud::None;
}

std::span<const CloudField> aws_fields() {
  return kAwsFields;
}

CloudFacts aws_facts(const std::map<std::string, std::string>& values) {
  CloudFacts facts;
  const Names names{"platform.aws.", facts};
  for (const auto& [name, path, unique] : kAwsFields) {
    const auto value = values.find(std::string(path));
    if (value != values.end()) names.add(name, value->second, unique);
  }
  const auto zone = facts.attributes.find("platform.aws.placement.availability-zone");
  const auto id = facts.attributes.find("unique.platform.aws.instance-id");
  if (zone != facts.attributes.end() && id != facts.attributes.end()) {
    facts.links["aws.ec2"] = zone->second + "." + id->second;
  }
  return facts;
}

CloudFacts gce_facts(const Value& instance) {
  CloudFacts facts;
  const Names names{"platform.gce.", facts};
  for (const auto& [name, path, unique] : kGceFields) names.add(name, last_step(text_at(instance, path)), unique);
  add_gce_networks(instance, names);
  const Value* tags = instance.find("tags");
  if (tags && tags->as_array()) {
    for (const Value& tag : *tags->as_array()) {
      if (const auto* name = tag.as_string()) names.add_named("tag.", *name, "true");
    }
  }
  const Value* attributes = instance.find("attributes");
  if (attributes && attributes->as_object()) {
    for (const auto& [name, value] : *attributes->as_object()) {
      if (const auto* text = value.as_string()) names.add_named("attr.", name, *text);
    }
  }
  const auto id = facts.attributes.find("unique.platform.gce.id");
  if (id != facts.attributes.end()) facts.links["gce"] = id->second;
  return facts;
}

CloudFacts azure_facts(const Value& instance) {
  CloudFacts facts;
  const Names names{"platform.azure.", facts};
  for (const auto& [name, path, unique] : kAzureFields) names.add(name, text_at(instance, path), unique);
  const Value* tags = at(instance, "compute/tagsList");
  if (tags && tags->as_array()) {
    for (const Value& tag : *tags->as_array()) names.add_named("tag.", text_at(tag, "name"), text_at(tag, "value"));
  }
  const auto id = facts.attributes.find("unique.platform.azure.id");
  if (id != facts.attributes.end()) facts.links["azure"] = id->second;
  return facts;
}

}  // namespace drover::client
