#include "cli/commands.h"
#include "cli/job_view.h"
#include "cli/json.h"
#include "cli/output_format.h"
#include "cli/text.h"

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace drover::cli {
namespace {

using codec::Value;

constexpr uint64_t kDefaultLimit = 10;
constexpr uint64_t kMaxLimit = 50;
constexpr std::string_view kStates[] = {"QUEUED", "RUNNING", "COMPLETED", "STOPPED"};

struct Wanted {
  std::string state;   // "": all
  std::string market;  // its slug; "": all
  uint64_t limit = kDefaultLimit;
  uint64_t offset = 0;

  bool takes(const Json& job) const {
    return (state.empty() || state == state_of(job)) && (market.empty() || market == job["NodePool"].raw());
  }
};

Result<Wanted> read_wanted(const Session& session, ApiClient& api) {
  Wanted out{.state = session.args.get("state"), .market = session.args.get("market")};
  if (!out.state.empty() && std::ranges::find(kStates, out.state) == std::end(kStates)) {
    return err(ErrorCode::InvalidArgument, "-state is QUEUED, RUNNING, COMPLETED or STOPPED, not \"{}\"",
               safe_text(out.state));
  }
  TRY_LET(out.limit, session.args.number("limit", kDefaultLimit));
  TRY_LET(out.offset, session.args.number("offset", 0));
  if (out.limit < 1 || out.limit > kMaxLimit) {
    return err(ErrorCode::InvalidArgument, "-limit is from 1 to {}", kMaxLimit);
  }
  if (out.market.empty()) return out;
  // Its address is a name for it; a node pool need not be a market.
  const auto market = api.get(api_path("/v1/market/", out.market));
  if (market) out.market = Json(market->value)["slug"].raw();
  if (!market && market.error().code() != ErrorCode::NotFound) return err(market.error());
  return out;
}

void show_page(const Session& session, std::span<const Json> page) {
  Table table({"ADDRESS", "STATE", "MARKET", "TIME"});
  for (const Json& job : page) {
    table.add({job["ID"].text(), std::string(state_of(job)), job["NodePool"].text(),
               time_stamp(job["SubmitTime"].integer())});
  }
  session.console.line(table.empty() ? "No jobs" : table.format());
}

Value json_page(std::span<const Json> page, size_t total) {
  Value::Array jobs;
  for (const Json& job : page) {
    jobs.emplace_back(Value::Object{{"address", job["ID"].raw()},
                                    {"state", std::string(state_of(job))},
                                    {"market", job["NodePool"].raw()},
                                    {"time", time_stamp(job["SubmitTime"].integer())}});
  }
  return Value::Object{{"jobs", std::move(jobs)}, {"totalJobs", static_cast<int64_t>(total)}};
}

Result<int> list(Session& session) {
  TRY_LET(const OutputFormat format, during("listing jobs", output_format(session)));
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const Wanted wanted, during("reading the options", read_wanted(session, api)));
  TRY_LET(const Answer answer, during("querying jobs", api.get("/v1/jobs")));
  std::vector<Json> jobs = Json(answer.value).items();
  std::erase_if(jobs, [&](const Json& job) { return !wanted.takes(job); });
  std::ranges::stable_sort(jobs, std::greater(), [](const Json& job) { return job["SubmitTime"].integer(); });
  const size_t begin = std::min<size_t>(wanted.offset, jobs.size());
  const auto page = std::span<const Json>(jobs).subspan(begin, std::min<size_t>(wanted.limit, jobs.size() - begin));
  if (format == OutputFormat::Json) {
    print_json(session.console, json_page(page, jobs.size()));
  } else {
    show_page(session, page);
  }
  return kSuccess;
}

Result<int> run(Session& session) {
  return in_format(session, list(session));
}

}  // namespace

Command job_list_command() {
  return {
      .name = "job list",
      .arguments = "[options]",
      .summary = "List jobs, as Nosana's command does",
      .text = "Lists the newest jobs, with the market in which they are and their state in Nosana's words.",
      .options = {{"limit", "number", "How many, up to 50; 10 by default."},
                  {"offset", "number", "How many of the newest to leave out."},
                  {"state", "state", "Only these: QUEUED, RUNNING, COMPLETED or STOPPED."},
                  {"market", "name", "Only those of this market, by its slug or address."},
                  kFormatOption,
                  kSameAsFormatJsonOption},
      .run = run,
  };
}

}  // namespace drover::cli
