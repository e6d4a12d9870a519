#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/value.h"

namespace drover::jobspec {

struct YamlLimits {
  uint32_t max_depth = 64;
  size_t max_bytes = size_t{1} << 20;
  size_t max_nodes = 100'000;         // with everything that aliases stand for
  size_t max_text = size_t{4} << 20;  // of all strings, likewise
};

struct YamlPlace {
  std::string path;  // "ops[0].args"
  uint32_t line = 0;
  uint32_t column = 0;
};

struct YamlDocument {
  codec::Value value;
  std::vector<YamlPlace> places;  // of keys and elements, the first 20,000
};

// One YAML document as JSON-like values, read as js-yaml 4 does: plain scalars by YAML 1.2's core schema (so `yes` and
// `1:30` are strings), merge keys (`<<`), and no key twice. A timestamp stays a string. Fails with "line 3, column 7:
// …"; safe on any input, aliases are expanded within the limits.
Result<YamlDocument> parse_yaml(std::string_view text, const YamlLimits& limits = {});

// The value of a plain scalar: null, a bool, a number, or the text itself.
codec::Value yaml_scalar(std::string_view text);

}  // namespace drover::jobspec
