#include <algorithm>
#include <array>

#include "base/strings.h"
#include "gotmpl/functions.h"

// consul-template's functions that ask for something outside the template. While an answer is pending they give what is
// empty; nothing of it reaches a rendered file.
namespace drover::gotmpl {
namespace {

using Kind = Dependency::Kind;
using State = Answer::State;

std::vector<std::string> texts(const std::vector<Value>& args) {
  std::vector<std::string> out;
  for (const Value& arg : args) out.push_back(arg.text());
  return out;
}

Result<Value> env(Call& call) {
  const Answer answer = call.context.environment(call.text(0));
  if (answer.state == State::Failed) return bad_call("{}", answer.problem);
  return answer.state == State::Known ? answer.value : Value("");
}

Result<Value> env_or_default(Call& call) {
  const Answer answer = call.context.environment(call.text(0));
  if (answer.state == State::Failed) return bad_call("{}", answer.problem);
  return answer.state == State::Known ? answer.value : call.args[1];
}

Result<Value> must_env(Call& call) {
  TRY_LET(Value value, env(call));
  if (!value.truth()) return bad_call("required environment variable {} is empty", printable(call.text(0)));
  return value;
}

Result<Value> file(Call& call) {
  if (call.text(0).empty()) return Value("");
  TRY_LET(const Answer answer, call.context.ask({.kind = Kind::File, .args = {call.text(0)}}));
  if (answer.state == State::Absent) return bad_call("no such file: {}", printable(call.text(0)));
  return answer.state == State::Known ? answer.value : Value("");
}

// What the template needs: it waits until that is there.
Result<Value> needed(Call& call, Dependency dependency, Value meanwhile) {
  TRY_LET(Answer answer, call.context.ask(dependency));
  if (answer.state == State::Known) return std::move(answer.value);
  call.context.wait_for(dependency);
  return meanwhile;
}

Result<Value> key(Call& call) {
  if (call.text(0).empty()) return Value("");
  return needed(call, {.kind = Kind::Key, .args = {call.text(0)}}, "");
}

Result<Value> key_exists(Call& call) {
  if (call.text(0).empty()) return Value(false);
  TRY_LET(const Answer answer, call.context.ask({.kind = Kind::Key, .args = {call.text(0)}}));
  return Value(answer.state == State::Known);
}

Result<Value> key_or_default(Call& call) {
  if (call.text(0).empty()) return call.args[1];
  TRY_LET(Answer answer, call.context.ask({.kind = Kind::Key, .args = {call.text(0)}}));
  return answer.state == State::Known && answer.value.truth() ? std::move(answer.value) : call.args[1];
}

Result<Value> key_exists_get(Call& call) {
  Answer answer;
  if (!call.text(0).empty()) {
    TRY_LET(answer, call.context.ask({.kind = Kind::Key, .args = {call.text(0)}}));
  }
  const bool exists = answer.state == State::Known;
  return Value::record("*dependency.KeyPair", {{"Path", call.args[0]},
                                               {"Key", call.args[0]},
                                               {"Value", exists ? answer.value : Value("")},
                                               {"Exists", exists}});
}

bool is_leaf(const Value& pair, bool top_level_only) {
  const Record* record = pair.as_record();
  const Value* key = record != nullptr ? record->find("Key") : nullptr;
  if (key == nullptr || !key->is_string() || key->text().empty() || key->text().ends_with('/')) return false;
  return !top_level_only || key->text().find('/') == std::string::npos;
}

// The pairs below a path. A safe one waits where there are none.
template <bool top_level_only, bool safe>
Result<Value> pairs(Call& call) {
  if (call.text(0).empty()) return Value::list({});
  const Dependency dependency{.kind = Kind::KeyPrefix, .args = {call.text(0)}};
  TRY_LET(const Answer answer, call.context.ask(dependency));
  std::vector<Value> out;
  if (const List* list = answer.value.as_list(); answer.state == State::Known && list != nullptr) {
    TRY(call.meter().steps(list->items.size()));
    std::ranges::copy_if(list->items, std::back_inserter(out),
                         [](const Value& p) { return is_leaf(p, top_level_only); });
  }
  if (safe && out.empty()) call.context.wait_for(dependency);
  return call.meter().list(std::move(out));
}

// Lists are empty, not awaited, where there is nothing.
Result<Value> listed(Call& call, Dependency dependency) {
  TRY_LET(Answer answer, call.context.ask(std::move(dependency)));
  return answer.state == State::Known ? std::move(answer.value) : Value::list({});
}

// All arguments are one text, the parts of which are separated by `separator`.
template <Kind kind>
Result<Value> listed_by_text(Call& call) {
  const std::string argument = join(texts(call.args), "");
  return listed(call, {.kind = kind, .args = argument.empty() ? std::vector<std::string>() : std::vector{argument}});
}

template <Kind kind>
Result<Value> services_of(Call& call) {
  if (call.args.empty() || call.text(0).empty()) return Value::list({});
  return listed(call, {.kind = kind, .args = {join(texts(call.args), "|")}});
}

Result<Value> datacenters(Call& call) {
  if (call.args.size() > 1) {
    return bad_call("datacenters: wrong number of arguments, expected 0 or 1, but got {}", call.args.size());
  }
  const bool ignore = !call.args.empty() && call.args[0].boolean();
  return listed(call, {.kind = Kind::Datacenters,
                       .args = ignore ? std::vector<std::string>{"true"} : std::vector<std::string>()});
}

Result<Value> node(Call& call) {
  const std::string name = join(texts(call.args), "");
  return needed(call, {.kind = Kind::Node, .args = name.empty() ? std::vector<std::string>() : std::vector{name}},
                Value::nil());
}

template <Kind kind>
Result<Value> one_by_name(Call& call) {
  if (call.args.empty() || call.text(0).empty()) return Value::nil();
  return needed(call, {.kind = kind, .args = texts(call.args)}, Value::nil());
}

Result<Value> secret(Call& call) {
  for (size_t i = 1; i < call.args.size(); ++i) {
    const std::string& pair = call.text(i);
    if (!pair.empty() && pair.find('=') == std::string::npos) return bad_call("not k=v pair");
  }
  return one_by_name<Kind::Secret>(call);
}

Result<Value> secrets(Call& call) {
  if (call.text(0).empty()) return Value::list({});
  return needed(call, {.kind = Kind::SecretList, .args = texts(call.args)}, Value::list({}));
}

// `nomadService "web"`, or `nomadService 2 $key "web"`: two instances, the same ones for the same key.
Result<Value> nomad_service(Call& call) {
  if (call.args.size() == 1 && call.args[0].is_string()) return services_of<Kind::NomadService>(call);
  if (call.args.size() != 3)
    return bad_call("expected arguments <name> or <count> <key> <name>, got {}", call.args.size());
  if (!call.args[0].is_integer() || !call.args[1].is_string() || !call.args[2].is_string()) {
    return bad_call("expected a count, a key and a name");
  }
  const std::string count = call.args[0].kind() == Value::Kind::Int ? std::to_string(call.args[0].integer())
                                                                    : std::to_string(call.args[0].natural());
  if (count.starts_with('-') || count == "0") return bad_call("expected a count above 0, got {}", count);
  if (call.text(2).empty()) return Value::list({});
  return listed(call, {.kind = Kind::NomadService, .args = {count, call.text(1), call.text(2)}});
}

Result<Value> nomad_var(Call& call) {
  if (call.text(0).empty()) return Value::nil();
  return needed(call, {.kind = Kind::NomadVar, .args = texts(call.args)}, Value::nil());
}

Result<Value> nomad_var_exists(Call& call) {
  if (call.text(0).empty()) return Value(false);
  TRY_LET(const Answer answer, call.context.ask({.kind = Kind::NomadVar, .args = texts(call.args)}));
  return Value(answer.state == State::Known);
}

Result<Value> nomad_var_list_safe(Call& call) {
  TRY_LET(Value out, listed_by_text<Kind::NomadVarList>(call));
  const std::string argument = join(texts(call.args), "");
  if (!out.truth()) {
    call.context.wait_for(
        {.kind = Kind::NomadVarList, .args = argument.empty() ? std::vector<std::string>() : std::vector{argument}});
  }
  return out;
}

constexpr std::array kFunctions = std::to_array<Function>({
    {"caLeaf", "s*", one_by_name<Kind::CaLeaf>},
    {"caRoots", "s*", listed_by_text<Kind::CaRoots>},
    {"connect", "s*", services_of<Kind::Connect>},
    {"datacenters", "b*", datacenters},
    {"env", "s", env},
    {"envOrDefault", "ss", env_or_default},
    {"exportedServices", "s*", listed_by_text<Kind::ExportedServices>},
    {"file", "s", file},
    {"key", "s", key},
    {"keyExists", "s", key_exists},
    {"keyExistsGet", "s", key_exists_get},
    {"keyOrDefault", "ss", key_or_default},
    {"ls", "s", pairs<true, false>},
    {"mustEnv", "s", must_env},
    {"node", "s*", node},
    {"nodes", "s*", listed_by_text<Kind::Nodes>},
    {"nomadService", "a*", nomad_service},
    {"nomadServices", "s*", listed_by_text<Kind::NomadServices>},
    {"nomadVar", "s", nomad_var},
    {"nomadVarExists", "s", nomad_var_exists},
    {"nomadVarList", "s*", listed_by_text<Kind::NomadVarList>},
    {"nomadVarListSafe", "s*", nomad_var_list_safe},
    {"partitions", "", listed_by_text<Kind::Partitions>},
    {"peerings", "s*", listed_by_text<Kind::Peerings>},
    {"pkiCert", "s*", one_by_name<Kind::PkiCert>},
    {"safeLs", "s", pairs<true, true>},
    {"safeTree", "s", pairs<false, true>},
    {"secret", "s*", secret},
    {"secrets", "s", secrets},
    {"service", "s*", services_of<Kind::Service>},
    {"services", "s*", listed_by_text<Kind::Services>},
    {"tree", "s", pairs<false, false>},
});

}  // namespace

std::span<const Function> source_functions() {
  return kFunctions;
}

}  // namespace drover::gotmpl
