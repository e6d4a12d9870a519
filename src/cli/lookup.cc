#include "cli/lookup.h"

#include "base/strings.h"

#include <algorithm>
#include <functional>

namespace drover::cli {
namespace {

constexpr size_t kUuidLength = 36;
constexpr size_t kMaxCandidates = 20;

// A kind of thing with ids: how it is listed, and what tells candidates apart.
struct Kind {
  std::string_view name;
  std::string_view path;
  std::vector<std::string> columns;
  std::function<std::vector<std::string>(const Json&)> row;  // behind the id
};

const Kind& alloc_kind() {
  static const Kind kKind = {
      "allocation", "/v1/allocations", {"ID", "Job ID", "Task Group", "Status"}, [](const Json& a) {
        return std::vector<std::string>{a["JobID"].text(), a["TaskGroup"].text(), a["ClientStatus"].text()};
      }};
  return kKind;
}

const Kind& node_kind() {
  static const Kind kKind = {"node", "/v1/nodes", {"ID", "Name", "Status"}, [](const Json& n) {
                               return std::vector<std::string>{n["Name"].text(), n["Status"].text()};
                             }};
  return kKind;
}

const Kind& eval_kind() {
  static const Kind kKind = {
      "evaluation", "/v1/evaluations", {"ID", "Job ID", "Triggered By", "Status"}, [](const Json& e) {
        return std::vector<std::string>{e["JobID"].text(), e["TriggeredBy"].text(), e["Status"].text()};
      }};
  return kKind;
}

const Kind& deployment_kind() {
  static const Kind kKind = {
      "deployment", "/v1/deployments", {"ID", "Job ID", "Job Version", "Status"}, [](const Json& d) {
        return std::vector<std::string>{d["JobID"].text(), d["JobVersion"].text(), d["Status"].text()};
      }};
  return kKind;
}

const Kind& scaling_policy_kind() {
  static const Kind kKind = {
      "scaling policy", "/v1/scaling/policies", {"ID", "Type", "Job", "Group"}, [](const Json& p) {
        return std::vector<std::string>{p["Type"].text(), p["Target"]["Job"].text(), p["Target"]["Group"].text()};
      }};
  return kKind;
}

const Kind& job_kind() {
  static const Kind kKind = {"job", "/v1/jobs", {"ID", "Type", "Status"}, [](const Json& j) {
                               return std::vector<std::string>{j["Type"].text(), j["Status"].text()};
                             }};
  return kKind;
}

tl::unexpected<Error> ambiguous(const Kind& kind, std::string_view prefix, const codec::Value::Array& matches) {
  Table table(kind.columns);
  for (size_t i = 0; i < std::min(matches.size(), kMaxCandidates); ++i) {
    const Json match(matches[i]);
    std::vector<std::string> cells = {match["ID"].text()};
    for (std::string& cell : kind.row(match)) cells.push_back(std::move(cell));
    table.add(std::move(cells));
  }
  return err(ErrorCode::InvalidArgument, "prefix \"{}\" matched {} {}s\n\n{}", safe_text(prefix), matches.size(),
             kind.name, table.format());
}

Result<std::string> find_one(ApiClient& api, const Kind& kind, std::string_view prefix) {
  TRY_LET(const codec::Value::Array matches,
          during(fmt::format("querying {}s", kind.name), list_by_prefix(api, std::string(kind.path), prefix)));
  for (const codec::Value& match : matches) {
    if (Json(match)["ID"].raw() == prefix) return std::string(prefix);
  }
  if (matches.empty()) {
    return err(ErrorCode::NotFound, "querying {}s: no {} with id or prefix \"{}\"", kind.name, kind.name,
               safe_text(prefix));
  }
  if (matches.size() > 1) return ambiguous(kind, prefix, matches);
  return Json(matches[0])["ID"].raw();
}

Result<std::string> find_uuid(ApiClient& api, const Kind& kind, std::string_view prefix) {
  if (prefix.size() == kUuidLength) return to_lower(prefix);
  return find_one(api, kind, to_lower(prefix));
}

}  // namespace

Result<codec::Value::Array> list_by_prefix(ApiClient& api, const std::string& path, std::string_view prefix) {
  // Servers want an even number of hexadecimal digits, so ask for less and look closer here.
  const bool by_uuid = path != job_kind().path;
  const std::string_view asked = by_uuid ? prefix.substr(0, prefix.size() & ~size_t{1}) : prefix;
  net::StringPairs query;
  if (!asked.empty()) query.emplace_back("prefix", asked);
  TRY_LET(Answer answer, api.get(path, std::move(query)));
  codec::Value::Array out;
  if (codec::Value::Array* all = answer.value.as_array()) {
    for (codec::Value& item : *all) {
      if (Json(item)["ID"].raw().starts_with(prefix)) out.push_back(std::move(item));
    }
  }
  return out;
}

Result<std::string> find_alloc(ApiClient& api, std::string_view prefix) {
  return find_uuid(api, alloc_kind(), prefix);
}

Result<std::string> find_node(ApiClient& api, std::string_view prefix) {
  return find_uuid(api, node_kind(), prefix);
}

Result<std::string> find_eval(ApiClient& api, std::string_view prefix) {
  return find_uuid(api, eval_kind(), prefix);
}

Result<std::string> find_deployment(ApiClient& api, std::string_view prefix) {
  return find_uuid(api, deployment_kind(), prefix);
}

Result<std::string> find_scaling_policy(ApiClient& api, std::string_view prefix) {
  return find_uuid(api, scaling_policy_kind(), prefix);
}

Result<std::string> find_job(ApiClient& api, std::string_view prefix) {
  return find_one(api, job_kind(), prefix);
}

Result<std::string> alloc_of_job(ApiClient& api, std::string_view job_prefix) {
  TRY_LET(const std::string job, find_job(api, job_prefix));
  TRY_LET(const Answer answer,
          during("querying allocations of the job", api.get(api_path("/v1/job/", job, "/allocations"))));
  std::vector<Json> allocs = Json(answer.value).items();
  if (allocs.empty()) {
    return err(ErrorCode::NotFound, "querying allocations: job \"{}\" has none", safe_text(job));
  }
  const auto rank = [](const Json& alloc) {
    return std::pair(alloc["ClientStatus"].raw() == "running", alloc["CreateIndex"].integer());
  };
  return std::ranges::max(allocs, {}, rank)["ID"].raw();
}

}  // namespace drover::cli
