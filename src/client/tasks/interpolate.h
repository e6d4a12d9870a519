#pragma once

#include "codec/value.h"
#include "model/node.h"

#include <map>
#include <string>
#include <string_view>

// "${…}" in what a job says about its tasks (facts 1.11).
namespace drover::client {

using Variables = std::map<std::string, std::string, std::less<>>;

// "attr.kernel.name", "meta.rack", "node.class", …: what a job may ask about the node that it runs on.
Variables node_variables(const model::Node& node, std::string_view region);

// Replaces "${name}" by the variable in the first of the two that has it; unknown names, and everything that does not
// look like one, stay as they are. The values are not expanded again. "${env.X}" is the same as "${X}".
class Interpolator {
 public:
  Interpolator(Variables env, Variables node) : env_(std::move(env)), node_(std::move(node)) {}

  std::string operator()(std::string_view text) const;
  // All strings of the value, also keys of objects.
  codec::Value expand(const codec::Value& value) const;

 private:
  const std::string* find(std::string_view name) const;

  Variables env_;
  Variables node_;
};

}  // namespace drover::client
