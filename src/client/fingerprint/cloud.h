#pragma once

#include "codec/value.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

// What a cloud's metadata service says of this machine, under the names that Nomad gives it:
// "platform.aws.instance-type", "unique.platform.gce.id". Pure.
namespace drover::client {

enum class Cloud : uint8_t { None, Aws, Gce, Azure };

// What the firmware says of who made the machine: files of /sys/class/dmi/id.
struct Firmware {
  std::string sys_vendor;
  std::string product_name;
  std::string bios_version;
  std::string chassis_asset_tag;
};
Cloud cloud_of(const Firmware& firmware);

struct CloudFacts {
  std::map<std::string, std::string> attributes;
  std::map<std::string, std::string> links;  // how the cloud itself calls the machine
};

struct CloudField {
  std::string_view name;
  std::string_view path;  // in what the service tells
  bool unique;            // of this machine alone: no part of its class
};

// Their paths are beneath "meta-data/"; each is a request of its own.
std::span<const CloudField> aws_fields();
// By path; what the service does not have is missing.
CloudFacts aws_facts(const std::map<std::string, std::string>& values);
// Of the whole of "instance/".
CloudFacts gce_facts(const codec::Value& instance);
CloudFacts azure_facts(const codec::Value& instance);

}  // namespace drover::client
