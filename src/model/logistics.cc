#include "model/logistics.h"

#include <string_view>

#include "base/strings.h"

namespace drover::model {
namespace {

using codec::Value;

const std::string* text_at(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value ? value->as_string() : nullptr;
}

const std::string* endpoint_in(const Value& given) {
  const Value* args = given.find("args");
  return args ? text_at(*args, "endpoint") : nullptr;
}

std::optional<Handover> handover(const Job& job, std::string_view direction) {
  const Value* given = job.logistics.find(direction);
  if (!given) return std::nullopt;
  const std::string* type = text_at(*given, "type");
  const std::string* endpoint = endpoint_in(*given);
  if (!type || *type != "api" || !endpoint) return Handover{};
  return Handover{.endpoint = *endpoint};
}

void validate_handover(const Value& given, const Problems& problems) {
  const std::string* type = text_at(given, "type");
  if (!type || (*type != "api" && *type != "api-listen")) {
    return problems.at("type").error("must be \"api\" or \"api-listen\"");
  }
  if (*type == "api-listen") return;
  const std::string* endpoint = endpoint_in(given);
  const bool is_address = endpoint && (endpoint->starts_with("http://") || endpoint->starts_with("https://")) &&
                          printable(*endpoint, endpoint->size()) == *endpoint;
  if (!is_address) problems.at("args").at("endpoint").error("type \"api\" needs an http or https address");
}

}  // namespace

Logistics logistics_of(const Job& job) {
  return {.send = handover(job, "send"), .receive = handover(job, "receive")};
}

bool is_confidential(const Job& job) {
  return job.logistics.find("send") || job.logistics.find("receive");
}

bool awaits_definition(const Job& job) {
  if (!job.logistics.find("send") || job.task_groups.size() != 1) return false;
  const auto& tasks = job.task_groups.front().tasks;
  return tasks.size() == 1 && tasks[0].name == kAwaitedDefinition && tasks[0].driver == "noop" && tasks[0].meta.empty();
}

bool owes_result(const Job& job) {
  const bool over = job.status == JobStatus::Dead && !awaits_definition(job);
  return over && job.logistics_outcome.empty() && job.logistics.find("receive");
}

std::string endpoint_for(const Job& job, const Handover& handover) {
  return replace_all(handover.endpoint, "%%global.job%%", job.id);
}

std::string logistics_note(const Job& job) {
  const auto [send, receive] = logistics_of(job);
  const bool awaits = awaits_definition(job);
  const std::string& outcome = job.logistics_outcome;
  if (outcome == kDelivered) return "its result was delivered";
  if (!outcome.empty()) return (awaits ? "its definition did not come: " : "its result was not delivered: ") + outcome;
  if (awaits && !job.stop) {
    return send->listens() ? fmt::format("waits for its definition: POST /job/{}/job-definition", job.id)
                           : "fetches its definition from " + endpoint_for(job, *send);
  }
  if (!owes_result(job)) return "";
  return receive->listens() ? fmt::format("waits for somebody to fetch its result: GET /job/{}/results", job.id)
                            : "posts its result to " + endpoint_for(job, *receive);
}

void validate_logistics(const Job& job, const Problems& problems) {
  if (job.logistics.is_null()) return;
  for (const char* direction : {"send", "receive"}) {
    if (const Value* given = job.logistics.find(direction)) validate_handover(*given, problems.at(direction));
  }
}

}  // namespace drover::model
