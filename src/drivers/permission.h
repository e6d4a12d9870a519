#pragma once

#include "codec/fwd.h"
#include "drivers/schema.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

// What a task's config asks for and a node's operator may have forbidden. A node publishes in its attributes what is
// allowed there; its drivers and the scheduler go by the same list of needs. Pure, in target drover_driver_schemas.
namespace drover::drivers {

using Attributes = std::map<std::string, std::string>;

struct Permission {
  std::string driver;
  std::string key;                  // of the config: "cap_add"
  std::string value;                // what the key asks for: "NET_ADMIN"; "" for switches
  std::string option;               // the operator's: "docker plugin option allow_caps"
  std::string attribute;            // what it allows, separated by commas: "driver.docker.allow_caps"
  std::vector<std::string> any_of;  // of these one has to be in the attribute

  bool granted_by(const Attributes& attributes) const;

  // "cap_add NET_ADMIN"
  std::string asked() const;
  // "docker plugin option allow_caps, which needs NET_ADMIN"
  std::string remedy() const;
};

// Submitted: without those that depend on a "${…}", which only the node can resolve.
std::vector<Permission> needed_permissions(std::string_view driver, const codec::Value& config, ConfigStage stage);

}  // namespace drover::drivers
