#pragma once

#include "base/uuid.h"
#include "codec/fwd.h"

#include <compare>
#include <string>

namespace drover::model {

using AllocId = StrongUuid<struct AllocIdTag>;
using EvalId = StrongUuid<struct EvalIdTag>;
using NodeId = StrongUuid<struct NodeIdTag>;
using DeploymentId = StrongUuid<struct DeploymentIdTag>;

// What names a job: its id is unique within its namespace.
struct JobKey {
  std::string ns;
  std::string id;

  friend auto operator<=>(const JobKey&, const JobKey&) = default;
};
void describe(codec::StructBuilder& d, JobKey& r);

inline constexpr const char* kDefaultNamespace = "default";
inline constexpr const char* kDefaultRegion = "global";
inline constexpr const char* kDefaultNodePool = "default";

}  // namespace drover::model
