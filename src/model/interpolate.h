#pragma once

#include "codec/value.h"
#include "model/node.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

// "${…}" in what a job says (facts 1.11): the only implementation, used by the server for the targets of constraints
// and by the agent for everything else. A reference is ${name}, with a name of letters, digits, "_", "-" and "."; what
// stands behind a dot may also be written as HCL's index, ${meta["rack"]}. White space just inside the braces is
// ignored.
namespace drover::model {

using Variables = std::map<std::string, std::string, std::less<>>;

// A reference at the start of a text.
struct Reference {
  std::string name;   // with dots: meta.rack
  size_t length = 0;  // of the text that is the reference
};
std::optional<Reference> parse_reference(std::string_view text);

// "attr.kernel.name", "meta.rack", "node.class", …: what a job may ask about the node that it runs on. `nomad.class` is
// node.class (design.md section 7).
Variables node_variables(const Node& node, std::string_view region);

// What the target of a constraint is on a node: a reference to a property of the node stands for that, nothing if the
// node does not have it or there is no such property; a text that does not begin with "${" stands for itself.
std::optional<std::string> resolve_node_target(std::string_view target, const Node& node);

// Whether a target looks at something that may differ between nodes of one computed class.
bool is_unique_target(std::string_view target);

// Replaces references by the variable in the first of the two that has it; "${env.X}" is the same as "${X}". Unknown
// names, and everything that does not look like a reference, stay as they are. Values are not expanded again.
class Interpolator {
 public:
  // A result gets no longer than this by what is put into it: references from there on stay as they are.
  static constexpr size_t kMaxResult = size_t{1} << 20;

  Interpolator(Variables env, Variables node) : env_(std::move(env)), node_(std::move(node)) {}

  std::string operator()(std::string_view text) const;
  // All strings of the value, also keys of objects.
  codec::Value expand(const codec::Value& value) const;

 private:
  const std::string* find(std::string_view name) const;

  Variables env_;
  Variables node_;
};

}  // namespace drover::model
