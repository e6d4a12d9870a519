#pragma once

#include "codec/fwd.h"

#include <cstdint>
#include <span>
#include <string>

namespace drover::model {

// What has to be true of another task of the group before this one starts (design.md D6).
enum class DependencyCondition : uint8_t {
  Started,    // it has been started
  Healthy,    // it runs and all its checks pass
  Succeeded,  // it has ended with exit code 0
  Finished,   // it has ended, however
};
std::span<const codec::EnumName> enum_names(DependencyCondition);

struct Dependency {
  std::string task;
  DependencyCondition condition = DependencyCondition::Started;
};
void describe(codec::StructBuilder& d, Dependency& r);

}  // namespace drover::model
