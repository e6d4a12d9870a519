#include "jobspec/convert_nosana_task.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "codec/json.h"

namespace drover::jobspec {
namespace {

using codec::Value;

constexpr int64_t kSecond = 1'000'000'000;

bool says_nothing(const Value& value) {
  if (const auto* array = value.as_array()) return array->empty();
  if (const auto* members = value.as_object())
    return std::ranges::all_of(*members, [](const Value::Member& member) { return says_nothing(member.second); });
  return value.is_null() || value == Value("") || value == Value(0) || value == Value(false);
}

struct Renaming {
  std::string_view from;
  std::string_view to;
};

// Moves the members of an object that have another name in a definition.
Value renamed(Value& from, std::span<const Renaming> names) {
  Value out = Value::Object{};
  for (const Renaming& name : names) {
    if (Value value = take(from, name.from); !value.is_null()) out.set(name.to, std::move(value));
  }
  return out;
}

constexpr Renaming kCheckNames[] = {{"Type", "type"},
                                    {"Path", "path"},
                                    {"Method", "method"},
                                    {"ExpectedStatus", "expected_status"},
                                    {"ExpectedResponse", "expected_response"},
                                    {"Headers", "headers"},
                                    {"Body", "body"},
                                    {"Continuous", "continuous"}};
constexpr Renaming kAssetNames[] = {{"Type", "type"},
                                    {"URL", "url"},
                                    {"Bucket", "bucket"},
                                    {"Repo", "repo"},
                                    {"Model", "model"},
                                    {"Revision", "revision"},
                                    {"Target", "target"},
                                    {"Files", "files"},
                                    {"Buckets", "buckets"},
                                    {"Writable", "allowWrite"},
                                    {"AccessToken", "accessToken"}};
constexpr Renaming kBucketNames[] = {{"URL", "url"}, {"Files", "files"}};
constexpr Renaming kKeyNames[] = {
    {"AccessKeyID", "ACCESS_KEY_ID"}, {"SecretAccessKey", "SECRET_ACCESS_KEY"}, {"Region", "REGION"}};
constexpr Renaming kVolumeNames[] = {{"Volume", "name"}, {"Destination", "dest"}};

class ArgsOfTask {
 public:
  ArgsOfTask(Value& task, const NosanaTaskContext& context) : task_(task), context_(context) {}

  Value take_all() {
    take_config();
    take_env();
    take_resources();
    take_restart();
    take_list("VolumeMounts", "volumes", kVolumeNames);
    take_endpoints();
    take_assets();
    if (take(task_, "PrivateEndpoints") == Value(true)) args_.set("private", true);
    take(task_, "Literals");
    const Value* timeout = task_.find("KillTimeout");
    if (timeout && *timeout == Value(10 * kSecond)) take(task_, "KillTimeout");
    if (!context_.was_operation && uses_variables(args_)) {
      leave_out("", "the values of ${…}: Nosana inserts none");
    }
    return std::move(args_);
  }

 private:
  void take_config() {
    Value config = take(task_, "Config");
    if (!config.as_object()) config = Value::Object{};
    if (Value image = take(config, "image"); !image.is_null()) {
      args_.set("image", std::move(image));
    } else {
      leave_out("Config.image", "an operation needs an image");
    }
    take_command(config);
    for (const auto& [from, to] :
         {Renaming{"entrypoint", "entrypoint"}, {"work_dir", "work_dir"}, {"network_aliases", "aliases"}}) {
      if (Value value = take(config, from); !value.is_null()) args_.set(to, std::move(value));
    }
    take_credentials(config);
    leave_out_rest(config, context_.path + ".Config", *context_.left_out);
  }

  void take_command(Value& config) {
    const Value command = take(config, "command");
    const Value rest = take(config, "args");
    Value::Array words;
    if (!command.is_null()) words.push_back(command);
    if (rest.as_array()) words.insert(words.end(), rest.as_array()->begin(), rest.as_array()->end());
    if (words.empty()) return;
    const bool shell = words.size() >= 3 && words[0] == Value("/bin/sh") && words[1] == Value("-c");
    if (shell && words.size() == 3 && words[2].as_string()) {
      args_.set("cmd", words[2]);
    } else if (shell && words.size() == 4 && context_.was_operation) {
      args_.set("cmd", Value::Array{words[3]});  // one word with white space, which a definition gives to bash
    } else {
      args_.set("cmd", std::move(words));
    }
  }

  void take_credentials(Value& config) {
    Value auth = take(config, "auth");
    if (auth.as_array() && !auth.as_array()->empty()) auth = Value(auth.as_array()->front());
    if (!auth.as_object()) return;
    Value docker = Value::Object{};
    for (auto& [key, value] : *auth.as_object()) docker.set(key == "server_address" ? "server" : key, std::move(value));
    args_.set("authentication", Value::Object{{"docker", std::move(docker)}});
  }

  void take_env() {
    Value env = take(task_, "Env");
    if (!env.as_object()) return;
    if (const Value* id = env.find("NOSANA_ID"); id && *id == Value("${NOMAD_JOB_ID}")) env.erase("NOSANA_ID");
    if (!env.as_object()->empty()) args_.set("env", std::move(env));
  }

  void take_resources() {
    Value resources = take(task_, "Resources");
    if (!resources.as_object()) return;
    const Value devices = take(resources, "Devices");
    if (context_.was_operation) {
      take(resources, "CPU");
      take(resources, "MemoryMB");
    }
    leave_out_rest(resources, context_.path + ".Resources", *context_.left_out);
    if (!devices.as_array()) return;
    for (size_t i = 0; i < devices.as_array()->size(); ++i) {
      take_device((*devices.as_array())[i], fmt::format("Resources.Devices[{}]", i));
    }
  }

  void take_device(Value device, const std::string& path) {
    const Value name = take(device, "Name");
    const bool gpu = name == Value("nvidia/gpu") || name == Value("gpu");
    if (!gpu || args_.find("gpu")) return leave_out(path, "an operation can ask for NVIDIA GPUs only, and once");
    args_.set("gpu", true);
    const Value count = take(device, "Count");
    if (count.as_int() && *count.as_int() != 1) require("gpu_count", count, path);
    Value constraints = take(device, "Constraints");
    for (const Value& constraint : constraints.as_array() ? *constraints.as_array() : Value::Array{}) {
      take_device_constraint(constraint, path);
    }
    leave_out_rest(device, context_.path + "." + path, *context_.left_out);
  }

  void take_device_constraint(Value constraint, const std::string& path) {
    const auto text = [&](const char* key) {
      const Value value = take(constraint, key);
      return value.as_string() ? *value.as_string() : "";
    };
    const std::string attribute = text("LTarget");
    const std::string value = text("RTarget");
    const std::string operand = text("Operand");
    const std::vector<std::string> amount = split(value, ' ');
    const auto number = amount.size() == 2 ? parse_int(amount[0]) : std::nullopt;
    if (attribute == "${device.attr.memory}" && operand == ">=" && number && amount[1] == "GB") {
      require("required_vram", *number, path);
    } else if (attribute == "${device.attr.memory}" && operand == ">=" && number && amount[1] == "MB") {
      require("vram_total_mb", *number, path);
    } else if (attribute == "${device.attr.cuda_version}" && operand == "version" && value.starts_with(">= ")) {
      require("required_cuda", Value::Array{value.substr(3)}, path);
    } else {
      leave_out(path + ".Constraints",
                fmt::format("{} {} {} is no requirement that a definition knows", attribute, operand, value));
    }
  }

  // The requirements are those of all operations.
  void require(std::string_view key, const Value& value, const std::string& path) {
    NosanaRequirements& all = *context_.requirements;
    const auto it = std::ranges::find(all, key, &Value::Member::first);
    if (it == all.end()) {
      all.emplace_back(key, value);
    } else if (it->second != value) {
      leave_out(path, fmt::format("{} is one for all operations, and another one asks for something else", key));
    }
  }

  // A policy of the task's own, or else the group's.
  void take_restart() {
    const Value own = take(task_, "RestartPolicy");
    const Value& policy = own.is_null() ? context_.group_restart : own;
    const auto number = [&](const char* key) {
      const Value* value = policy.find(key);
      return value && value->as_int() ? *value->as_int() : -1;
    };
    if (number("Attempts") == 0 || (policy.is_null() && context_.was_operation)) return;
    if (policy.is_null()) return args_.set("restart_policy", "on-failure"), void();
    const Value* mode = policy.find("Mode");
    const bool gives_up = mode && *mode == Value("fail");
    const bool unlimited = number("Attempts") == 10 && number("Interval") == 10 * kSecond && !gives_up;
    const bool limited = number("Interval") == 8760 * 3600 * kSecond && gives_up;
    if (gives_up && number("Attempts") > 0) {
      args_.set("restart_policy", Value::Object{{"policy", "on-failure"}, {"restart_tries", number("Attempts")}});
    } else {
      args_.set("restart_policy", "on-failure");
    }
    if (!(unlimited || limited) || number("Delay") != kSecond) {
      leave_out("RestartPolicy", "a definition says nothing about the interval and the delay of restarts");
    }
  }

  void take_list(std::string_view key, std::string_view to, std::span<const Renaming> names) {
    Value all = take(task_, key);
    if (!all.as_array() || all.as_array()->empty()) return;
    Value::Array out;
    for (size_t i = 0; i < all.as_array()->size(); ++i) {
      Value& element = (*all.as_array())[i];
      out.push_back(renamed(element, names));
      leave_out_rest(element, fmt::format("{}.{}[{}]", context_.path, key, i), *context_.left_out);
    }
    args_.set(to, std::move(out));
  }

  void take_endpoints() {
    Value all = take(task_, "Expose");
    if (!all.as_array() || all.as_array()->empty()) return;
    Value::Array out;
    for (Value& endpoint : *all.as_array()) out.push_back(exposed(endpoint));
    args_.set("expose", std::move(out));
  }

  static Value exposed(Value& endpoint) {
    const Value port = take(endpoint, "Port");
    const std::string text = port.as_string() ? *port.as_string() : "";
    if (text.starts_with('{')) {
      if (auto marker = codec::parse_json(text)) return std::move(*marker);
    }
    const auto number = parse_int(text);
    const Value shown = number ? Value(*number) : Value(text);
    Value checks = take(endpoint, "Checks");
    const Value type = take(endpoint, "Type");
    if (says_nothing(type) && says_nothing(checks)) return shown;
    Value out = Value::Object{{"port", shown}};
    if (!says_nothing(type)) out.set("type", type);
    Value::Array health_checks;
    for (Value& check : checks.as_array() ? *checks.as_array() : Value::Array{}) {
      Value& added = health_checks.emplace_back(renamed(check, kCheckNames));
      if (!added.find("continuous")) added.set("continuous", false);  // Nosana's validators insist on it
    }
    if (!health_checks.empty()) out.set("health_checks", std::move(health_checks));
    return out;
  }

  // The markers come last: they are kept as text in the task's meta.
  void take_assets() {
    Value all = take(task_, "Assets");
    Value::Array out;
    for (Value& asset : all.as_array() ? *all.as_array() : Value::Array{}) out.push_back(resource(asset));
    if (Value* meta = task_.find("Meta")) {
      const Value markers = take(*meta, "nosana.resources");
      auto parsed = markers.as_string() ? codec::parse_json(*markers.as_string()) : Result<Value>(Value());
      if (parsed && parsed->as_array()) out.insert(out.end(), parsed->as_array()->begin(), parsed->as_array()->end());
    }
    if (!out.empty()) args_.set("resources", std::move(out));
  }

  static Value resource(Value& asset) {
    Value out = renamed(asset, kAssetNames);
    if (Value* buckets = out.find("buckets"); buckets && buckets->as_array()) {
      for (Value& bucket : *buckets->as_array()) bucket = renamed(bucket, kBucketNames);
    }
    Value keys = renamed(asset, kKeyNames);
    if (keys.find("ACCESS_KEY_ID") || keys.find("SECRET_ACCESS_KEY")) out.set("IAM", std::move(keys));
    return out;
  }

  static bool uses_variables(const Value& value) {
    const std::string text = codec::dump(value);
    constexpr std::array<std::string_view, 5> kRoots = {"${NOMAD_", "${node.", "${attr.", "${meta.", "${env["};
    return std::ranges::any_of(kRoots, [&](std::string_view root) { return text.find(root) != std::string::npos; });
  }

  void leave_out(std::string_view field, std::string reason) {
    context_.left_out->push_back({field.empty() ? context_.path : fmt::format("{}.{}", context_.path, field), reason});
  }

  Value& task_;
  const NosanaTaskContext& context_;
  Value args_ = Value::Object{};
};

}  // namespace

Value take(Value& object, std::string_view key) {
  Value* member = object.find(key);
  if (!member) return {};
  Value out = std::move(*member);
  object.erase(key);
  return out;
}

void leave_out_rest(const Value& object, const std::string& path, std::vector<LeftOut>& left_out) {
  if (!object.as_object()) return;
  for (const auto& [key, value] : *object.as_object()) {
    if (says_nothing(value)) continue;
    left_out.push_back({path.empty() ? key : fmt::format("{}.{}", path, key), "a definition has no place for it"});
  }
}

Value take_nosana_args(Value& task, const NosanaTaskContext& context) {
  return ArgsOfTask(task, context).take_all();
}

Value take_nosana_results(Value& task) {
  Value all = take(task, "Results");
  if (!all.as_array() || all.as_array()->empty()) return {};
  Value out = Value::Object{};
  for (Value& result : *all.as_array()) {
    const Value name = take(result, "Name");
    Value pattern = take(result, "Pattern");
    const Value streams = take(result, "Streams");
    if (!says_nothing(streams)) pattern = Value::Object{{"regex", std::move(pattern)}, {"logType", streams}};
    out.set(name.as_string() ? *name.as_string() : "", std::move(pattern));
  }
  return out;
}

}  // namespace drover::jobspec
