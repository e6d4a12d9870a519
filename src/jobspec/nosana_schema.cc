#include "jobspec/nosana_schema.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace drover::jobspec {
namespace {

using codec::Value;
using Kind = NosanaType::Kind;
using Type = NosanaType;
using Key = NosanaKey;
using Form = NosanaForm;
using Rule = NosanaRule;

// Rules.

// "8000-8010"; leading zeros and any size of number are fine with the validators.
std::optional<std::pair<double, double>> port_range(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.find_first_not_of("0123456789-") != std::string_view::npos) return {};
  const auto first = parse_double(text.substr(0, dash));
  const auto last = parse_double(text.substr(dash + 1));
  if (!first || !last || *last < 0) return {};
  return std::pair(*first, *last);
}

bool rising_range(const Value& value) {
  const auto range = port_range(*value.as_string());
  return range && range->first < range->second;
}

bool literal(const Value& value) {
  return is_literal_string(*value.as_string());
}

bool no_spaces(const Value& value) {
  return value.as_string()->find(' ') == std::string::npos;
}

std::optional<double> number_of(const Value& value) {
  if (const int64_t* whole = value.as_int()) return static_cast<double>(*whole);
  if (const double* number = value.as_double()) return *number;
  return std::nullopt;
}

bool is_spread_marker(const Value& value) {
  const Value* spread = value.find("__spread__");
  if (!spread || spread->is_null()) return false;
  const std::string* text = spread->as_string();
  return !text || !text->empty();
}

// No number twice or within a range, and no two ranges that overlap.
bool distinct_ports(const Value& value) {
  std::set<double> numbers;
  std::vector<std::pair<double, double>> ranges;
  for (const Value& element : *value.as_array()) {
    if (element.as_string() && is_literal_string(*element.as_string())) continue;
    if (is_spread_marker(element)) continue;
    const Value* port = element.as_object() ? element.find("port") : &element;
    if (!port) continue;
    if (const auto number = number_of(*port)) {
      if (!numbers.insert(*number).second) return false;
    } else if (const std::string* text = port->as_string()) {
      const auto range = port_range(*text);
      if (!range) return false;
      const auto overlaps = [&](const auto& other) {
        return range->first <= other.second && range->second >= other.first;
      };
      if (std::ranges::any_of(ranges, overlaps)) return false;
      ranges.push_back(*range);
    }
  }
  return std::ranges::none_of(numbers, [&](double port) {
    return std::ranges::any_of(ranges, [&](const auto& range) { return port >= range.first && port <= range.second; });
  });
}

bool distinct_ids(const Value& value) {
  std::set<std::string_view> ids;
  return std::ranges::all_of(*value.as_array(), [&](const Value& op) {
    const Value* id = op.find("id");
    return id && id->as_string() && ids.insert(*id->as_string()).second;
  });
}

bool one_to_four_distinct(const Value& value) {
  const auto& elements = *value.as_array();
  std::set<std::string_view> seen;
  return !elements.empty() && elements.size() <= 4 && std::ranges::all_of(elements, [&](const Value& element) {
    return !element.as_string() || seen.insert(*element.as_string()).second;
  });
}

bool exactly_one(const Value& value) {
  return value.as_array()->size() == 1;
}

// Simple types.

constexpr Type kAny = {};
constexpr Type kString = {.kind = Kind::String, .expected = "a string"};
constexpr Type kBool = {.kind = Kind::Bool, .expected = "true or false"};
constexpr Type kNumber = {.kind = Kind::Number, .expected = "a number"};
constexpr Type kStrings = {.kind = Kind::List, .expected = "a list of strings", .element = &kString};
constexpr Type kStringMap = {.kind = Kind::Map, .expected = "an object of strings", .element = &kString};

constexpr Form kStringOrStringsForms[] = {{&kString}, {&kStrings}};
constexpr Type kStringOrStrings = {
    .kind = Kind::Forms, .expected = "a string or a list of strings", .forms = kStringOrStringsForms};

constexpr std::string_view kRemoveWords[] = {"__remove-if-empty__"};
constexpr Type kRemoveMarker = {.kind = Kind::String, .expected = "\"__remove-if-empty__\"", .words = kRemoveWords};

constexpr Rule kLiteralRules[] = {
    {"a literal such as \"%%ops.a.results.b%%\"", literal, kEverybody, "^%%(ops|global).[^%]+%%$"}};
constexpr Type kLiteral = {
    .kind = Kind::String, .expected = "a literal such as \"%%ops.a.results.b%%\"", .rules = kLiteralRules};

constexpr Rule kRangeRules[] = {{"a port range such as \"8000-8010\"", rising_range, kEverybody, "^[0-9]+-[0-9]+$"}};
constexpr Type kPortRange = {
    .kind = Kind::String, .expected = "a port range such as \"8000-8010\"", .rules = kRangeRules};

constexpr Rule kRangeOrLiteralRules[] = {
    {"a port range such as \"8000-8010\" or a literal such as \"%%ops.a.results.b%%\"",
     [](const Value& value) { return rising_range(value) || literal(value); }, kEverybody,
     "^([0-9]+-[0-9]+|%%(ops|global).[^%]+%%)$"}};
constexpr Type kRangeOrLiteral = {
    .kind = Kind::String, .expected = "a port range such as \"8000-8010\" or a literal", .rules = kRangeOrLiteralRules};

constexpr Key kSpreadKeys[] = {
    {"__spread__", &kLiteral, kEverybody, kEverybody, "replaced by the elements of what the literal stands for"},
    {"chunked", &kBool, kDrover | kTypes, 0, "the literal's strings are pieces of one JSON text"},
};
constexpr Type kSpread = {.kind = Kind::Object, .expected = "a spread marker", .keys = kSpreadKeys};

// Exposed ports.

constexpr std::string_view kHttp[] = {"http"};
constexpr std::string_view kWebsocket[] = {"websocket"};
constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "DELETE"};
constexpr std::string_view kServiceTypes[] = {"web", "api", "webapi", "websocket", "none"};
constexpr Type kHttpWord = {.kind = Kind::String, .expected = "\"http\"", .words = kHttp};
constexpr Type kWebsocketWord = {.kind = Kind::String, .expected = "\"websocket\"", .words = kWebsocket};
constexpr Type kMethod = {.kind = Kind::String, .expected = "GET, POST, PUT or DELETE", .words = kMethods};
constexpr Type kServiceType = {
    .kind = Kind::String, .expected = "web, api, webapi, websocket or none", .words = kServiceTypes};

constexpr Key kHttpCheckKeys[] = {
    {"type", &kHttpWord, kEverybody, kEverybody},
    {"path", &kString, kEverybody, kEverybody},
    {"method", &kMethod, kEverybody, kEverybody},
    {"expected_status", &kNumber, kEverybody, kEverybody},
    {"headers", &kStringMap},
    {"body", &kAny},
    {"continuous", &kBool, kEverybody, kValidators, "checked again as long as the port is open; false by default"},
};
constexpr Key kWebsocketCheckKeys[] = {
    {"type", &kWebsocketWord, kEverybody, kEverybody},
    {"expected_response", &kString, kEverybody, kEverybody},
    {"continuous", &kBool, kEverybody, kValidators, "checked again as long as the port is open; false by default"},
};
constexpr Type kHttpCheck = {.kind = Kind::Object, .expected = "an HTTP check", .keys = kHttpCheckKeys};
constexpr Type kWebsocketCheck = {.kind = Kind::Object, .expected = "a WebSocket check", .keys = kWebsocketCheckKeys};
constexpr Form kCheckForms[] = {{&kHttpCheck, kEverybody, {}, "http"}, {&kWebsocketCheck, kEverybody, {}, "websocket"}};
constexpr Type kHealthCheck = {
    .kind = Kind::Forms, .expected = "a health check", .forms = kCheckForms, .discriminator = "type"};
constexpr Type kHealthChecks = {.kind = Kind::List, .expected = "a list of health checks", .element = &kHealthCheck};

constexpr Form kPortForms[] = {{&kNumber}, {&kPortRange, kDrover | kSdk}};
constexpr Type kPort = {.kind = Kind::Forms, .expected = "a port number or a range of them", .forms = kPortForms};
constexpr Key kExposedPortKeys[] = {
    {"port", &kPort, kEverybody, kEverybody},
    {"type", &kServiceType},
    {"health_checks", &kHealthChecks},
};
constexpr Type kExposedPort = {.kind = Kind::Object, .expected = "an exposed port", .keys = kExposedPortKeys};

constexpr Form kExposedForms[] = {
    {&kNumber},
    {&kRangeOrLiteral, kDrover | kSdk},
    {&kLiteral, kTypes},
    {&kSpread, kEverybody, "__spread__"},
    {&kExposedPort, kEverybody, "port"},
};
constexpr Type kExposed = {.kind = Kind::Forms,
                           .expected = "a port number, a range of ports, a literal, or an object with a \"port\"",
                           .forms = kExposedForms};
constexpr Rule kExposedListRules[] = {{"ports that are distinct and in no range twice", distinct_ports}};
constexpr Type kExposedList = {
    .kind = Kind::List, .expected = "a list of ports", .element = &kExposed, .rules = kExposedListRules};
constexpr Form kExposeForms[] = {
    {&kNumber},      {&kRangeOrLiteral, kDrover | kSdk},   {&kLiteral, kTypes},
    {&kExposedList}, {&kSpread, kEverybody, "__spread__"}, {&kExposedPort, kDrover | kTypes, "port"},
};
constexpr Type kExpose = {
    .kind = Kind::Forms, .expected = "a port number, a literal or a list of ports", .forms = kExposeForms};

// Resources.

constexpr std::string_view kS3Word[] = {"S3"};
constexpr std::string_view kHfWord[] = {"HF"};
constexpr std::string_view kOllamaWord[] = {"Ollama"};
constexpr Type kS3Type = {.kind = Kind::String, .expected = "\"S3\"", .words = kS3Word};
constexpr Type kHfType = {.kind = Kind::String, .expected = "\"HF\"", .words = kHfWord};
constexpr Type kOllamaType = {.kind = Kind::String, .expected = "\"Ollama\"", .words = kOllamaWord};
constexpr Key kIamKeys[] = {
    {"REGION", &kString, kEverybody, kValidators, "from the URL, or us-east-1, by default"},
    {"ACCESS_KEY_ID", &kString, kEverybody, kEverybody},
    {"SECRET_ACCESS_KEY", &kString, kEverybody, kEverybody},
};
constexpr Type kIam = {.kind = Kind::Object, .expected = "an object", .keys = kIamKeys};
constexpr Key kBucketKeys[] = {{"url", &kString, kEverybody, kEverybody}, {"files", &kStrings}};
constexpr Type kBucket = {.kind = Kind::Object, .expected = "a bucket", .keys = kBucketKeys};
constexpr Type kBuckets = {.kind = Kind::List, .expected = "a list of buckets", .element = &kBucket};
constexpr Key kS3Keys[] = {
    {"type", &kS3Type, kEverybody, kEverybody},
    {"target", &kString, kEverybody, kEverybody},
    {"url", &kString},
    {"files", &kStrings},
    {"allowWrite", &kBool},
    {"IAM", &kIam},
};
constexpr Key kS3BucketKeys[] = {
    {"type", &kS3Type, kEverybody, kEverybody},
    {"target", &kString, kEverybody, kEverybody},
    {"bucket", &kString, kEverybody, kEverybody},
    {"url", &kString},
    {"allowWrite", &kBool},
    {"IAM", &kIam},
};
constexpr Key kS3BucketsKeys[] = {
    {"type", &kS3Type, kEverybody, kEverybody},
    {"target", &kString, kEverybody, kEverybody},
    {"buckets", &kBuckets, kEverybody, kEverybody},
    {"url", &kString},
    {"allowWrite", &kBool},
    {"IAM", &kIam},
};
constexpr Key kHfKeys[] = {
    {"type", &kHfType, kEverybody, kEverybody},
    {"target", &kString, kEverybody, kEverybody},
    {"repo", &kString, kEverybody, kEverybody},
    {"revision", &kString},
    {"files", &kStrings},
    {"accessToken", &kString},
};
constexpr Key kOllamaKeys[] = {
    {"type", &kOllamaType, kEverybody, kEverybody},
    {"model", &kString, kEverybody, kEverybody},
    {"target", &kString, kEverybody, 0, "/root/.ollama/models by default"},
};
constexpr Type kS3 = {.kind = Kind::Object, .expected = "an S3 resource", .keys = kS3Keys};
constexpr Type kS3WithBucket = {.kind = Kind::Object, .expected = "an S3 resource", .keys = kS3BucketKeys};
constexpr Type kS3WithBuckets = {.kind = Kind::Object, .expected = "an S3 resource", .keys = kS3BucketsKeys};
constexpr Type kHf = {.kind = Kind::Object, .expected = "a Hugging Face resource", .keys = kHfKeys};
constexpr Type kOllama = {.kind = Kind::Object, .expected = "an Ollama resource", .keys = kOllamaKeys};
constexpr Form kResourceForms[] = {
    {&kRemoveMarker},
    {&kSpread, kEverybody, "__spread__"},
    {&kS3WithBucket, kEverybody, "bucket"},
    {&kS3WithBuckets, kEverybody, "buckets"},
    {&kHf, kEverybody, {}, "HF"},
    {&kOllama, kEverybody, {}, "Ollama"},
    {&kS3, kEverybody, {}, "S3"},
};
constexpr Type kResource = {
    .kind = Kind::Forms, .expected = "a resource", .forms = kResourceForms, .discriminator = "type"};
constexpr Type kResources = {.kind = Kind::List, .expected = "a list of resources", .element = &kResource};

// Operations.

constexpr Key kDockerKeys[] = {
    {"username", &kString}, {"password", &kString}, {"email", &kString}, {"server", &kString}};
constexpr Type kDocker = {.kind = Kind::Object, .expected = "an object", .keys = kDockerKeys};
constexpr Key kAuthenticationKeys[] = {{"docker", &kDocker}};
constexpr Type kAuthentication = {.kind = Kind::Object, .expected = "an object", .keys = kAuthenticationKeys};

constexpr Key kVolumeKeys[] = {{"name", &kString, kEverybody, kEverybody}, {"dest", &kString, kEverybody, kEverybody}};
constexpr Type kVolume = {
    .kind = Kind::Object, .expected = "an object with \"name\" and \"dest\"", .keys = kVolumeKeys};
constexpr Rule kVolumesRules[] = {{"exactly one volume", exactly_one, kSdk}};
constexpr Type kVolumes = {
    .kind = Kind::List, .expected = "a list of volumes", .element = &kVolume, .rules = kVolumesRules};

constexpr std::string_view kRestartWords[] = {"no", "always", "unless-stopped", "on-failure"};
constexpr std::string_view kOnFailureWord[] = {"on-failure"};
constexpr Type kRestartName = {
    .kind = Kind::String, .expected = "no, always, unless-stopped or on-failure", .words = kRestartWords};
constexpr Type kOnFailure = {.kind = Kind::String, .expected = "\"on-failure\"", .words = kOnFailureWord};
constexpr Key kRestartKeys[] = {{"policy", &kOnFailure, kEverybody, kEverybody}, {"restart_tries", &kNumber}};
constexpr Type kRestartObject = {.kind = Kind::Object, .expected = "a restart policy", .keys = kRestartKeys};
constexpr Form kRestartForms[] = {{&kRestartName}, {&kRestartObject}};
constexpr Type kRestartPolicy = {.kind = Kind::Forms,
                                 .expected = "no, always, unless-stopped, on-failure, or an object with a \"policy\"",
                                 .forms = kRestartForms};

constexpr Key kRunKeys[] = {
    {"image", &kString, kEverybody, kValidators, "may come from \"global\""},
    {"aliases", &kStringOrStrings, kEverybody, 0, "more host names; a string may hold several with commas"},
    {"cmd", &kStringOrStrings, kEverybody, 0, "a string is for the shell, a list is taken as it is"},
    {"volumes", &kVolumes},
    {"expose", &kExpose},
    {"private", &kBool, kEverybody, 0, "addresses of exposed ports cannot be guessed"},
    {"gpu", &kBool},
    {"work_dir", &kString},
    {"entrypoint", &kStringOrStrings},
    {"env", &kStringMap},
    {"restart_policy", &kRestartPolicy, kDrover | kTypes},
    {"resources", &kResources},
    {"authentication", &kAuthentication},
    {"output", &kString, kDrover | kSdk, 0, "has no effect"},
    {"required_vram", &kNumber, kDrover | kSdk, 0, "has no effect; see meta.system_requirements"},
};
constexpr Type kRunArgs = {.kind = Kind::Object, .expected = "an object", .keys = kRunKeys};
constexpr Key kCreateVolumeKeys[] = {{"name", &kString, kEverybody, kEverybody}};
constexpr Type kCreateVolumeArgs = {.kind = Kind::Object, .expected = "an object", .keys = kCreateVolumeKeys};
// The validators take either shape for either type of operation.
constexpr Form kArgsForms[] = {
    {&kRunArgs, kEverybody, "image"}, {&kCreateVolumeArgs, kEverybody, "name"}, {&kRunArgs, kDrover}};
constexpr Type kArgs = {
    .kind = Kind::Forms, .expected = "an object with an \"image\" or a \"name\"", .forms = kArgsForms};

constexpr std::string_view kStreamWords[] = {"stdin", "stdout", "stderr", "nodeerr"};
constexpr Type kStream = {.kind = Kind::String, .expected = "stdin, stdout, stderr or nodeerr", .words = kStreamWords};
constexpr Rule kStreamsRules[] = {{"one to four different streams", one_to_four_distinct}};
constexpr Type kStreams = {
    .kind = Kind::List, .expected = "a list of streams", .element = &kStream, .rules = kStreamsRules};
constexpr Key kResultKeys[] = {{"regex", &kString, kEverybody, kEverybody},
                               {"logType", &kStreams, kEverybody, kEverybody}};
constexpr Type kResultObject = {.kind = Kind::Object, .expected = "a result", .keys = kResultKeys};
constexpr Form kResultForms[] = {{&kString}, {&kResultObject}};
constexpr Type kResult = {.kind = Kind::Forms,
                          .expected = "a regular expression, or an object with \"regex\" and \"logType\"",
                          .forms = kResultForms};
constexpr Type kResults = {.kind = Kind::Map, .expected = "an object of results", .element = &kResult};

constexpr Key kExecutionKeys[] = {{"group", &kString}, {"depends_on", &kStrings}, {"stop_if_dependent_stops", &kBool}};
constexpr Rule kExecutionRules[] = {{"\"depends_on\" beside \"stop_if_dependent_stops\"", [](const Value& value) {
                                       return !value.find("stop_if_dependent_stops") || value.find("depends_on");
                                     }}};
constexpr Type kExecution = {
    .kind = Kind::Object, .expected = "an object", .keys = kExecutionKeys, .rules = kExecutionRules};

constexpr std::string_view kOperationWords[] = {"container/run", "container/create-volume"};
constexpr Type kOperationType = {
    .kind = Kind::String, .expected = "container/run or container/create-volume", .words = kOperationWords};
constexpr Rule kIdRules[] = {{"an id without spaces", no_spaces, kTypes, "^[^ ]*$"}};
constexpr Type kOperationId = {.kind = Kind::String, .expected = "a string", .rules = kIdRules};
constexpr Key kOperationKeys[] = {
    {"type", &kOperationType, kEverybody, kEverybody},
    {"id", &kOperationId, kEverybody, kEverybody},
    {"args", &kArgs, kEverybody, kEverybody},
    {"results", &kResults},
    {"execution", &kExecution},
};
constexpr Type kOperation = {.kind = Kind::Object, .expected = "an operation", .keys = kOperationKeys};
constexpr Rule kOpsRules[] = {{"operations with different ids", distinct_ids, kValidators}};
constexpr Type kOps = {
    .kind = Kind::List, .expected = "a list of operations", .element = &kOperation, .rules = kOpsRules};

// The rest of the definition.

constexpr Form kScalarForms[] = {{&kString}, {&kNumber}};
constexpr Type kScalar = {.kind = Kind::Forms, .expected = "a string or a number", .forms = kScalarForms};
constexpr Type kScalars = {.kind = Kind::List, .expected = "a list of strings and numbers", .element = &kScalar};
constexpr Form kScalarOrScalarsForms[] = {{&kString}, {&kNumber}, {&kScalars}};
constexpr Type kScalarOrScalars = {
    .kind = Kind::Forms, .expected = "a string, a number or a list of them", .forms = kScalarOrScalarsForms};
constexpr Type kScalarOrScalarsMap = {.kind = Kind::Map, .expected = "an object", .element = &kScalarOrScalars};
constexpr Form kMetaValueForms[] = {{&kAny, kDrover | kSdk},
                                    {&kString, kTypes},
                                    {&kNumber, kTypes},
                                    {&kScalars, kTypes},
                                    {&kScalarOrScalarsMap, kTypes}};
constexpr Type kMetaValue = {.kind = Kind::Forms,
                             .expected = "a string, a number, a list of them, or an object of those",
                             .forms = kMetaValueForms};
constexpr Type kSystemResources = {
    .kind = Kind::Map, .expected = "an object of strings and numbers", .element = &kScalar};
constexpr Key kMetaKeys[] = {
    {"trigger", &kString},
    {"system_resources", &kSystemResources, kValidators},
    {"system_resources", &kScalarOrScalarsMap, kDrover},
};
constexpr Type kMeta = {.kind = Kind::Object, .expected = "an object", .keys = kMetaKeys, .element = &kMetaValue};

constexpr Key kGlobalKeys[] = {
    {"image", &kString},  {"gpu", &kBool},        {"entrypoint", &kStringOrStrings},
    {"env", &kStringMap}, {"work_dir", &kString}, {"variables", &kStringMap},
};
constexpr Type kGlobal = {.kind = Kind::Object, .expected = "an object", .keys = kGlobalKeys};

constexpr std::string_view kLogisticWords[] = {"api", "api-listen"};
constexpr Type kLogisticType = {.kind = Kind::String, .expected = "api or api-listen", .words = kLogisticWords};
constexpr Key kLogisticArgsKeys[] = {{"endpoint", &kString}};
constexpr Type kLogisticArgs = {.kind = Kind::Object, .expected = "an object", .keys = kLogisticArgsKeys};
constexpr Key kLogisticKeys[] = {{"type", &kLogisticType, kEverybody, kEverybody},
                                 {"args", &kLogisticArgs, kEverybody, kEverybody}};
constexpr Type kLogistic = {.kind = Kind::Object, .expected = "an object", .keys = kLogisticKeys};
constexpr Key kLogisticsKeys[] = {{"send", &kLogistic, kEverybody, kTypes},
                                  {"receive", &kLogistic, kEverybody, kTypes}};
constexpr Type kLogistics = {.kind = Kind::Object, .expected = "an object", .keys = kLogisticsKeys};

constexpr std::string_view kVersionWords[] = {"0.1"};
constexpr std::string_view kTypeWords[] = {"container"};
constexpr Type kVersion = {.kind = Kind::String, .expected = "\"0.1\"", .words = kVersionWords};
constexpr Type kJobType = {.kind = Kind::String, .expected = "\"container\"", .words = kTypeWords};
constexpr Key kDefinitionKeys[] = {
    {"version", &kString, kDrover | kSdk, kDrover | kSdk},
    {"version", &kVersion, kTypes, kTypes},
    {"type", &kJobType, kEverybody, kEverybody},
    {"logistics", &kLogistics},
    {"deployment_id", &kString},
    {"meta", &kMeta},
    {"global", &kGlobal},
    {"ops", &kOps, kEverybody, kEverybody},
};
constexpr Type kDefinition = {.kind = Kind::Object, .expected = "a job definition", .keys = kDefinitionKeys};

}  // namespace

const NosanaType& nosana_schema() {
  return kDefinition;
}

// /^%%(ops|global).[^%]+%%$/, with the unescaped dot that both validators have: one UTF-16 code unit other than a line
// end, and then at least one more that is no '%'.
bool is_literal_string(std::string_view text) {
  if (text.starts_with("%%ops")) {
    text.remove_prefix(5);
  } else if (text.starts_with("%%global")) {
    text.remove_prefix(8);
  } else {
    return false;
  }
  if (text.size() < 3 || !text.ends_with("%%")) return false;
  text.remove_suffix(2);
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const bool line_end =
      lead == '\n' || lead == '\r' || text.starts_with("\xe2\x80\xa8") || text.starts_with("\xe2\x80\xa9");
  if (line_end || length > text.size()) return false;
  const std::string_view rest = text.substr(length);
  return (!rest.empty() || length == 4) && rest.find('%') == std::string_view::npos;
}

}  // namespace drover::jobspec
