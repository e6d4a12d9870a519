// "${…}" in any text, targets of constraints, and values of device attributes.

#include <cstdint>
#include <string>
#include <string_view>

#include "model/device_attribute.h"
#include "model/interpolate.h"

namespace {

using namespace drover;

void try_interpolate(std::string_view text) {
  static const model::Interpolator kKnowsNothing({}, {});
  static const model::Interpolator kKnowsSome({{"A", "${A}"}, {"B", ""}, {"a.b", std::string(300'000, 'x')}},
                                              {{"meta.rack", "r1"}, {"node.class", "${B}"}});
  if (kKnowsNothing(text) != text) __builtin_trap();
  const std::string out = kKnowsSome(text);
  if (out.size() > model::Interpolator::kMaxResult + text.size()) __builtin_trap();
  if (text.find("${") == std::string_view::npos && out != text) __builtin_trap();
}

void try_target(std::string_view text) {
  static const model::Node kNode = [] {
    model::Node node;
    node.meta["rack"] = "r1";
    return node;
  }();
  const auto reference = model::parse_reference(text);
  if (reference && (reference->length > text.size() || text[reference->length - 1] != '}')) __builtin_trap();
  const auto value = model::resolve_node_target(text, kNode);
  const bool whole = reference && reference->length == text.size();
  if (text.starts_with("${") ? value && !whole : value != text) __builtin_trap();
}

void try_device(std::string_view text) {
  const auto attribute = model::DeviceAttribute::parse(text);
  if (model::compare(attribute, attribute) != 0) __builtin_trap();
  const auto again = model::DeviceAttribute::parse(attribute.to_text());
  if (model::compare(attribute, again) != 0) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_interpolate(text);
  try_target(text);
  try_device(text);
  return 0;
}
