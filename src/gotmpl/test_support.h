#pragma once

#include <map>
#include <string>
#include <string_view>

#include "gotmpl/data_text.h"
#include "gotmpl/template.h"

namespace drover::gotmpl {

// Answers from tables; what is in none of them is pending.
class TestSources final : public Sources {
 public:
  Answer answer(const Dependency& dependency) override {
    ++asked;
    if (dependency.kind == Dependency::Kind::Env) {
      const auto found = environment.find(dependency.args[0]);
      return found != environment.end() ? Answer::known(found->second) : Answer::absent();
    }
    const auto found = answers.find(dependency.to_string());
    return found != answers.end() ? found->second : Answer::pending();
  }

  std::map<std::string, std::string> environment;
  std::map<std::string, Answer> answers;  // by Dependency::to_string()
  size_t asked = 0;
};

// 2026-11-23 14:05:09.012345678 UTC, a Monday.
inline constexpr WallTime kTestNow{1795442709012345678};

// A value written as JSON; whole numbers are ints.
inline Value from_test_json(std::string_view json) {
  Meter meter({});
  return from_yaml(json, meter).value();
}

// The rendered text, or "error: file:line:column: message", or "missing: …".
inline std::string render(std::string_view text, const Value& data = {}, const Options& options = {.name = "t"},
                          Sources* sources = nullptr) {
  const auto parsed = Template::parse(text, options);
  const auto show = [](Diagnostic problem) {
    problem.source_line.clear();
    return "error: " + problem.format();
  };
  if (!parsed) return show(parsed.error());
  TestSources none;
  const Rendering out = parsed->render(sources != nullptr ? *sources : none, kTestNow, data);
  if (out.error) return show(*out.error);
  if (out.ready()) return out.text;
  std::string missing = "missing:";
  for (const Dependency& dependency : out.missing) missing += " " + dependency.to_string();
  return missing;
}

}  // namespace drover::gotmpl
