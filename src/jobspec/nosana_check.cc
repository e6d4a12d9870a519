#include "jobspec/nosana_check.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "jobspec/nosana_rules.h"

namespace drover::jobspec {
namespace {

using codec::Value;
using Kind = NosanaType::Kind;

constexpr size_t kMaxProblems = 200;

std::string describe(const Value& value) {
  if (const std::string* text = value.as_string()) return fmt::format("\"{}\"", printable(*text, 80));
  if (const int64_t* number = value.as_int()) return fmt::format("{}", *number);
  if (const double* number = value.as_double()) return fmt::format("{}", *number);
  if (const bool* flag = value.as_bool()) return *flag ? "true" : "false";
  if (value.is_null()) return "null";
  return value.as_object() ? "an object" : "a list";
}

bool has_kind(const Value& value, Kind kind) {
  switch (kind) {
    case Kind::Any:
    case Kind::Forms:
      return true;
    case Kind::String:
      return value.as_string() != nullptr;
    case Kind::Bool:
      return value.as_bool() != nullptr;
    case Kind::Number:
      return value.as_int() || value.as_double();
    case Kind::Object:
    case Kind::Map:
      return value.as_object() != nullptr;
    case Kind::List:
      return value.as_array() != nullptr;
  }
  return false;
}

std::string quoted_list(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) out += fmt::format("{}\"{}\"", out.empty() ? "" : " or ", word);
  return out;
}

// Reads a value as one party does.
class Walker {
 public:
  Walker(NosanaParties party, std::vector<NosanaProblem>& problems) : party_(party), problems_(problems) {}

  void check(const NosanaType& type, const Value& value) {
    if (problems_.size() >= kMaxProblems) return;
    if (type.kind == Kind::Forms) return check_forms(type, value);
    if (!has_kind(value, type.kind)) return expected(type.expected, value);
    if (type.kind == Kind::String) check_words(type, value);
    if (type.kind == Kind::Object) check_object(type, value);
    if (type.kind == Kind::Map) check_map(type, value);
    if (type.kind == Kind::List) check_list(type, value);
    for (const NosanaRule& rule : type.rules) {
      if ((rule.known & party_) && !rule.holds(value)) expected(rule.expected, value);
    }
  }

 private:
  // A part of the path for as long as what it leads to is looked at.
  class Step {
   public:
    Step(std::string& path, std::string_view key) : path_(path), size_(path.size()) {
      if (!path.empty()) path += '.';
      path += printable(key, 80);
    }
    Step(std::string& path, size_t index) : path_(path), size_(path.size()) { path += fmt::format("[{}]", index); }
    ~Step() { path_.resize(size_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    std::string& path_;
    const size_t size_;
  };

  void report(std::string message) { problems_.push_back({path_, std::move(message), party_}); }

  void expected(std::string_view what, const Value& value) {
    report(fmt::format("expected {}, not {}", what, describe(value)));
  }

  void check_words(const NosanaType& type, const Value& value) {
    if (type.words.empty() || std::ranges::find(type.words, *value.as_string()) != type.words.end()) return;
    expected(type.expected, value);
  }

  void check_object(const NosanaType& type, const Value& value) {
    for (const NosanaKey& key : type.keys) {
      if ((key.required & party_) == 0 || value.find(key.name)) continue;
      const Step step(path_, key.name);
      report(fmt::format("\"{}\" is missing, expected {}", key.name, key.type->expected));
    }
    for (const auto& [name, member] : *value.as_object()) {
      const Step step(path_, name);
      if (const NosanaKey* key = find_key(type, name)) {
        check(*key->type, member);
      } else if (type.element) {
        check(*type.element, member);
      } else {
        unknown_key(type, name);
      }
    }
  }

  const NosanaKey* find_key(const NosanaType& type, std::string_view name) const {
    const auto it = std::ranges::find_if(
        type.keys, [&](const NosanaKey& key) { return key.name == name && (key.known & party_) != 0; });
    return it == type.keys.end() ? nullptr : &*it;
  }

  void unknown_key(const NosanaType& type, std::string_view name) {
    std::vector<std::string> names;
    for (const NosanaKey& key : type.keys) {
      if (key.known & party_) names.emplace_back(key.name);
    }
    const bool worth_it = problems_.size() < Diagnostics::kLimit;
    const auto nearest = worth_it ? nearest_name(name, names) : std::nullopt;
    report(fmt::format("unknown key \"{}\"{}", printable(name, 80),
                       nearest ? fmt::format(", did you mean \"{}\"?", *nearest) : ""));
  }

  void check_map(const NosanaType& type, const Value& value) {
    for (const auto& [name, member] : *value.as_object()) {
      const Step step(path_, name);
      check(*type.element, member);
    }
  }

  void check_list(const NosanaType& type, const Value& value) {
    const auto& elements = *value.as_array();
    for (size_t i = 0; i < elements.size(); ++i) {
      const Step step(path_, i);
      check(*type.element, elements[i]);
    }
  }

  void check_forms(const NosanaType& type, const Value& value) {
    for (const NosanaForm& form : type.forms) {
      if ((form.known & party_) && takes(form, type, value)) return check(*form.type, value);
    }
    if (value.as_object() && !type.discriminator.empty()) return wrong_tag(type, value);
    if (value.as_object()) return report(fmt::format("expected {}", type.expected));
    expected(type.expected, value);
  }

  static bool takes(const NosanaForm& form, const NosanaType& type, const Value& value) {
    if (!has_kind(value, form.type->kind)) return false;
    if (!form.has_key.empty()) return value.find(form.has_key) != nullptr;
    if (form.tag.empty()) return true;
    const Value* tag = value.find(type.discriminator);
    return tag && tag->as_string() && *tag->as_string() == form.tag;
  }

  void wrong_tag(const NosanaType& type, const Value& value) {
    std::vector<std::string_view> tags;
    for (const NosanaForm& form : type.forms) {
      if ((form.known & party_) && !form.tag.empty()) tags.push_back(form.tag);
    }
    const Step step(path_, type.discriminator);
    const Value* tag = value.find(type.discriminator);
    if (tag) return expected(quoted_list(tags), *tag);
    report(fmt::format("\"{}\" is missing, expected {}", type.discriminator, quoted_list(tags)));
  }

  const NosanaParties party_;
  std::vector<NosanaProblem>& problems_;
  std::string path_;
};

// Both validators refuse what stands at a path, though each may say it in its own words.
std::map<std::string, NosanaParties> refused_places(const std::vector<NosanaProblem>& problems) {
  std::map<std::string, NosanaParties> places;
  for (const NosanaProblem& problem : problems) places[problem.path] |= problem.refused_by;
  return places;
}

void report_union(const std::vector<NosanaProblem>& problems, Diagnostics& diagnostics) {
  std::map<std::string, NosanaParties> places = refused_places(problems);
  for (const NosanaProblem& problem : problems) {
    NosanaParties& place = places[problem.path];
    if (problem.refused_by & kDrover) {
      diagnostics.error(problem.path, problem.message);
    } else if (place == kValidators) {
      diagnostics.warning(problem.path,
                          fmt::format("{} (Nosana's own validators refuse the definition for it)", problem.message));
      place = 0;  // once
    }
  }
}

void report_strict(const std::vector<NosanaProblem>& problems, Diagnostics& diagnostics) {
  for (const NosanaProblem& problem : problems) {
    const NosanaParties validators = problem.refused_by & kValidators;
    diagnostics.error(
        problem.path,
        validators ? fmt::format("{} (refused by {})", problem.message, validator_names(validators)) : problem.message);
  }
}

}  // namespace

std::string validator_names(NosanaParties validators) {
  if (validators == kSdk) return "@nosana/sdk";
  if (validators == kTypes) return "@nosana/types";
  return "@nosana/sdk and @nosana/types";
}

std::vector<NosanaProblem> check_nosana_schema(const Value& definition, NosanaParties parties) {
  std::vector<NosanaProblem> all;
  std::map<std::pair<std::string, std::string>, size_t> known;
  for (const NosanaParties party : {kDrover, kSdk, kTypes}) {
    if ((parties & party) == 0) continue;
    std::vector<NosanaProblem> found;
    Walker(party, found).check(nosana_schema(), definition);
    for (NosanaProblem& problem : found) {
      const auto [it, added] = known.try_emplace({problem.path, problem.message}, all.size());
      if (added) {
        all.push_back(std::move(problem));
      } else {
        all[it->second].refused_by |= party;
      }
    }
  }
  return all;
}

void validate_nosana(const Value& definition, NosanaStrictness strictness, Diagnostics& diagnostics) {
  const std::vector<NosanaProblem> problems = check_nosana_schema(definition);
  strictness == NosanaStrictness::Strict ? report_strict(problems, diagnostics) : report_union(problems, diagnostics);
  check_nosana_rules(definition, diagnostics);
}

}  // namespace drover::jobspec
