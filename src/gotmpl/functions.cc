#include "gotmpl/functions.h"

#include <array>
#include <map>

namespace drover::gotmpl {
namespace {

const std::map<std::string_view, const Function*>& all_functions() {
  static const auto kAll = [] {
    std::map<std::string_view, const Function*> out;
    for (const auto table :
         {go_functions(), text_functions(), number_functions(), data_functions(), source_functions(),
          sprig_text_functions(), sprig_data_functions(), sprig_collection_functions(), refused_functions()}) {
      for (const Function& function : table) out.emplace(function.name, &function);
    }
    return out;
  }();
  return kAll;
}

constexpr std::string_view kRunsPrograms = "it runs programs outside the task";
constexpr std::string_view kWritesFiles = "it writes files outside the template's own";
constexpr std::string_view kDebugs = "it is a debugging aid that shows memory of the agent; use printf \"%#v\"";
constexpr std::string_view kAsksNetwork = "it asks the network beside the template's sources";
constexpr std::string_view kReadsHost = "it reads the host's environment; use env, which reads the task's";
constexpr std::string_view kRandom = "its result differs at each rendering, so that the task would never come to rest";
constexpr std::string_view kMakesKeys = "it makes keys or certificates, which belong into a secret store";

constexpr std::array kRefused = std::to_array<Function>({
    {.name = "plugin", .refusal = kRunsPrograms},
    {.name = "writeToFile", .refusal = kWritesFiles},
    {.name = "spew_dump", .refusal = kDebugs},
    {.name = "spew_printf", .refusal = kDebugs},
    {.name = "spew_sdump", .refusal = kDebugs},
    {.name = "spew_sprintf", .refusal = kDebugs},
    {.name = "sockaddr",
     .refusal = "it reads the host's network interfaces; use the NOMAD_IP_ and NOMAD_ADDR_ variables"},
    {.name = "sprig_env", .refusal = kReadsHost},
    {.name = "sprig_expandenv", .refusal = kReadsHost},
    {.name = "sprig_getHostByName", .refusal = kAsksNetwork},
    {.name = "sprig_randAlpha", .refusal = kRandom},
    {.name = "sprig_randAlphaNum", .refusal = kRandom},
    {.name = "sprig_randAscii", .refusal = kRandom},
    {.name = "sprig_randBytes", .refusal = kRandom},
    {.name = "sprig_randInt", .refusal = kRandom},
    {.name = "sprig_randNumeric", .refusal = kRandom},
    {.name = "sprig_shuffle", .refusal = kRandom},
    {.name = "sprig_uuidv4", .refusal = kRandom},
    {.name = "sprig_bcrypt", .refusal = kRandom},
    {.name = "sprig_htpasswd", .refusal = kRandom},
    {.name = "sprig_encryptAES", .refusal = kRandom},
    {.name = "sprig_genPrivateKey", .refusal = kMakesKeys},
    {.name = "sprig_genCA", .refusal = kMakesKeys},
    {.name = "sprig_genCAWithKey", .refusal = kMakesKeys},
    {.name = "sprig_genSelfSignedCert", .refusal = kMakesKeys},
    {.name = "sprig_genSelfSignedCertWithKey", .refusal = kMakesKeys},
    {.name = "sprig_genSignedCert", .refusal = kMakesKeys},
    {.name = "sprig_genSignedCertWithKey", .refusal = kMakesKeys},
});

}  // namespace

std::span<const Function> refused_functions() {
  return kRefused;
}

const Function* find_function(std::string_view name) {
  const auto found = all_functions().find(name);
  return found != all_functions().end() ? found->second : nullptr;
}

std::vector<std::string> function_names() {
  std::vector<std::string> out;
  for (const auto& [name, function] : all_functions()) {
    if (function->refusal.empty()) out.emplace_back(name);
  }
  return out;
}

}  // namespace drover::gotmpl
