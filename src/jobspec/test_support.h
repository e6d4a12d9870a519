#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "codec/json.h"
#include "jobspec/parse.h"

namespace drover::jobspec {

inline std::string test_file(const std::string& name) {
  const auto path = std::filesystem::path("src/jobspec/testdata") / name;  // tests run in the source tree's root
  std::ifstream in(path);
  EXPECT_TRUE(in.good()) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

inline codec::Value json(std::string_view text) {
  auto value = codec::parse_json(text);
  EXPECT_TRUE(value.has_value()) << (value ? "" : value.error().message());
  return value ? std::move(*value) : codec::Value();
}

// The tree of a text, as compact JSON with its keys in order, so that trees compare whatever their order.
inline codec::Value sorted(codec::Value value) {
  if (auto* object = value.as_object()) {
    for (auto& [key, member] : *object) member = sorted(std::move(member));
    std::sort(object->begin(), object->end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  } else if (auto* array = value.as_array()) {
    for (auto& element : *array) element = sorted(std::move(element));
  }
  return value;
}

inline std::string tree_of(std::string_view text) {
  const ParsedJob parsed = parse(text);
  EXPECT_TRUE(parsed.ok()) << parsed.diagnostics.to_error().message();
  return codec::dump(sorted(parsed.tree));
}

inline std::string same(std::string_view expected) {
  return codec::dump(sorted(json(expected)));
}

struct Outcome {
  bool accepted = false;
  model::Job job;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  std::string all;
};

inline Outcome outcome_of(std::string_view text, Purpose purpose = Purpose::Run, std::string file = {}) {
  Diagnostics diagnostics;
  auto job = to_job(parse(text, {.file = std::move(file)}), diagnostics, purpose);
  Outcome out{.accepted = job.has_value(), .errors = diagnostics.errors(), .warnings = diagnostics.warnings()};
  if (job) out.job = std::move(*job);
  for (const std::string& error : out.errors) out.all += error + "\n";
  return out;
}

}  // namespace drover::jobspec
