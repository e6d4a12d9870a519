// Version constraints and versions: a constraint, and on the next line a version.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "model/version.h"

namespace {

using namespace drover;
using model::VersionScheme;

void try_scheme(std::string_view left, std::string_view right, VersionScheme scheme) {
  const auto constraint = model::VersionConstraint::parse(left, scheme);
  if (!constraint && !is_valid_utf8(constraint.error().message())) __builtin_trap();
  if (constraint) static_cast<void>(constraint->matches(right));
  const auto a = model::Version::parse(left, scheme);
  const auto b = model::Version::parse(right, scheme);
  if (a && b && compare(*a, *b, scheme) != -compare(*b, *a, scheme)) __builtin_trap();
  if (!b) return;
  for (const char* op : {"", "=", ">=", "<="}) {
    const auto same = model::VersionConstraint::parse(op + std::string(right), scheme);
    if (!same || !same->matches(right)) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = text.find('\n');
  const std::string_view left = text.substr(0, line);
  const std::string_view right = line == std::string_view::npos ? "" : text.substr(line + 1);
  try_scheme(left, right, VersionScheme::Loose);
  try_scheme(left, right, VersionScheme::Semver);
  return 0;
}
