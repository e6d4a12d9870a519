#include "client/network/cni.h"

#include "base/strings.h"
#include "codec/json.h"
#include "sys/command.h"
#include "sys/files.h"

#include <dirent.h>
#include <unistd.h>
#include <algorithm>

namespace drover::client {
namespace {

using codec::Value;

constexpr const char* kSearchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr const char* kDefaultVersion = "0.4.0";
constexpr const char* kUnknownVersion = "0.0.0";
constexpr Duration kPluginTimeout = std::chrono::seconds(30);
constexpr Duration kVersionTimeout = std::chrono::seconds(2);
constexpr size_t kMaxPlugins = 64;

std::string text_of(const Value& value, const char* name) {
  const Value* member = value.find(name);
  const std::string* text = member ? member->as_string() : nullptr;
  return text ? *text : "";
}

// What a plugin says when it fails: {"code": 11, "msg": "…", "details": "…"}.
std::string complaint(const sys::CommandOutput& output) {
  if (const auto value = codec::parse_json(output.out); value && value->as_object()) {
    const std::string message = text_of(*value, "msg");
    const std::string details = text_of(*value, "details");
    if (!message.empty()) return printable(details.empty() ? message : message + ": " + details, 1000);
  }
  const std::string text(trim(output.err.empty() ? output.out : output.err));
  return text.empty() ? fmt::format("it ended with status {}", output.status.code) : printable(text, 1000);
}

// Those parts of the runtime configuration for which the plugin has declared the capability.
Value runtime_for(const Value& plugin, const Value& runtime) {
  Value out = Value::Object{};
  const Value* capabilities = plugin.find("capabilities");
  if (!capabilities || !runtime.as_object()) return out;
  for (const auto& [name, value] : *runtime.as_object()) {
    const Value* declared = capabilities->find(name);
    if (declared && declared->as_bool() && *declared->as_bool()) out.set(name, value);
  }
  return out;
}

// "CNI bridge plugin v1.1.1"; Debian's say "version unknown".
std::string parse_version(const std::string& text) {
  for (const auto& word : split(text.substr(0, text.find('\n')), ' ')) {
    if (word.size() > 1 && word[0] == 'v' && std::isdigit(static_cast<unsigned char>(word[1]))) return word;
  }
  return kUnknownVersion;
}

}  // namespace

Result<CniNetwork> parse_cni_network(const std::string& text) {
  TRY_LET(auto value, codec::parse_json(text));
  CniNetwork out{.name = text_of(value, "name"), .version = text_of(value, "cniVersion")};
  if (out.name.empty()) return err(ErrorCode::InvalidArgument, "the CNI network has no name");
  if (out.version.empty()) out.version = kDefaultVersion;
  const Value* plugins = value.find("plugins");
  if (plugins && plugins->as_array()) {
    out.plugins = *plugins->as_array();
  } else {
    out.plugins = {value};
  }
  if (out.plugins.empty()) return err(ErrorCode::InvalidArgument, "CNI network \"{}\" has no plugins", out.name);
  for (const auto& plugin : out.plugins) {
    const std::string type = text_of(plugin, "type");
    if (type.empty() || type.find('/') != std::string::npos) {
      return err(ErrorCode::InvalidArgument, "CNI network \"{}\" has a plugin without a valid type", out.name);
    }
  }
  return out;
}

std::string to_json(const CniNetwork& network) {
  return codec::dump(
      Value::Object{{"cniVersion", network.version}, {"name", network.name}, {"plugins", network.plugins}});
}

std::string cni_input(const CniNetwork& network, const Value& plugin, const CniAttachment& attachment,
                      const std::string& previous_result) {
  Value input = plugin;
  input.set("name", network.name);
  input.set("cniVersion", network.version);
  Value runtime = runtime_for(plugin, attachment.runtime);
  if (!runtime.as_object()->empty()) input.set("runtimeConfig", std::move(runtime));
  if (!previous_result.empty()) {
    if (auto previous = codec::parse_json(previous_result)) input.set("prevResult", std::move(*previous));
  }
  return codec::dump(input);
}

Result<CniAddress> address_of_result(const std::string& result, const std::string& interface) {
  TRY_LET(const auto value, codec::parse_json(result));
  std::optional<CniAddress> found;
  const Value* ips = value.find("ips");
  if (ips && ips->as_array()) {
    for (const auto& entry : *ips->as_array()) {
      const std::string address = text_of(entry, "address");
      const std::string ip = address.substr(0, address.find('/'));
      if (ip.empty()) continue;
      const bool v4 = ip.find(':') == std::string::npos;
      if (!found || (v4 && found->ip.find(':') != std::string::npos)) found = {.interface = interface, .ip = ip};
    }
  }
  if (!found) return err(ErrorCode::InvalidArgument, "the CNI plugins gave no address");
  return *found;
}

// ---- CniPlugins

CniPlugins::CniPlugins(const std::string& path) : path_(path) {}

Result<std::string> CniPlugins::find(const std::string& type) const {
  for (const auto& folder : split(path_, ':')) {
    std::string file = folder + "/" + type;
    if (!folder.empty() && ::access(file.c_str(), X_OK) == 0) return file;
  }
  return err(ErrorCode::NotFound, "the CNI plugin \"{}\" is not in {} (Debian: containernetworking-plugins)", type,
             path_);
}

Result<std::string> CniPlugins::run(const char* command, const Value& plugin, const std::string& input,
                                    const CniAttachment& attachment) const {
  const std::string type = text_of(plugin, "type");
  TRY_LET(const std::string file, find(type));
  TRY_LET(const auto stdin_file, sys::make_memory_file("cni", input));
  sys::SpawnSpec spec{.executable = file,
                      .argv = {type},
                      .env = {kSearchPath, std::string("CNI_COMMAND=") + command,
                              "CNI_CONTAINERID=" + attachment.container_id, "CNI_NETNS=" + attachment.netns,
                              "CNI_IFNAME=" + attachment.interface, "CNI_ARGS=" + attachment.args, "CNI_PATH=" + path_},
                      .cwd = "/",
                      .stdin_fd = stdin_file.get()};
  TRY_LET(const auto output, sys::run_command(std::move(spec), {.timeout = kPluginTimeout, .output_bytes = 1 << 20}));
  if (!output.status.ok()) {
    return err(ErrorCode::Unavailable, "CNI plugin {}, {}: {}", type, command, complaint(output));
  }
  return output.out;
}

Result<std::string> CniPlugins::add(const CniNetwork& network, const CniAttachment& attachment) const {
  std::string result;
  for (const auto& plugin : network.plugins) {
    TRY_LET(result, run("ADD", plugin, cni_input(network, plugin, attachment, result), attachment));
  }
  return result;
}

Status CniPlugins::remove(const CniNetwork& network, const CniAttachment& attachment, const std::string& result) const {
  Status first = Ok{};
  for (auto plugin = network.plugins.rbegin(); plugin != network.plugins.rend(); ++plugin) {
    const auto done = run("DEL", *plugin, cni_input(network, *plugin, attachment, result), attachment);
    if (!done && first) first = err(done.error());
  }
  return first;
}

std::map<std::string, std::string> CniPlugins::versions() const {
  std::map<std::string, std::string> out;
  for (const auto& folder : split(path_, ':')) {
    DIR* directory = folder.empty() ? nullptr : ::opendir(folder.c_str());
    while (const dirent* entry = directory ? ::readdir(directory) : nullptr) {
      const std::string name = entry->d_name;
      const std::string file = folder + "/" + name;
      if (name[0] == '.' || out.contains(name) || out.size() >= kMaxPlugins || ::access(file.c_str(), X_OK) != 0) {
        continue;
      }
      const auto output = sys::run_command({.executable = file, .argv = {name, "--version"}, .env = {}, .cwd = "/"},
                                           {.timeout = kVersionTimeout});
      if (output) out[name] = parse_version(output->out.empty() ? output->err : output->out);
    }
    if (directory) ::closedir(directory);
  }
  return out;
}

}  // namespace drover::client
