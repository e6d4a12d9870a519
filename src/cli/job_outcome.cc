#include "cli/job_outcome.h"

#include "cli/flow_lines.h"
#include "cli/interrupt.h"
#include "cli/job_view.h"
#include "cli/json.h"
#include "cli/new_file.h"
#include "cli/output_format.h"
#include "codec/json.h"
#include "jobspec/nosana_flow.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace drover::cli {
namespace {

constexpr Duration kWatch = std::chrono::seconds(30);

// The FlowState of a confidential job when it has ended: all of it if it is handed out, to us.
Result<codec::Value> await_result(ApiClient& api, const std::string& job) {
  uint64_t index = 1;
  while (true) {
    TRY_LET(const Answer seen, api.get(api_path("/v1/job/", job), {}, Watch{.index = index, .wait = kWatch}));
    index = seen.index;
    TRY_LET(Answer flow, api.get(api_path("/v1/job/", job, "/flow")));
    const std::string status = Json(flow.value)["status"].raw();
    if (status == jobspec::kAwaitedResult) {
      auto result = api.get(api_path("/job/", job, "/results"));
      if (result) return std::move(result->value);
      // Posted to its endpoint, or somebody was faster.
      if (result.error().code() != ErrorCode::InvalidArgument) return err(result.error());
    } else if (Json(seen.value)["Status"].raw() == "dead" && jobspec::flow_ended(status)) {
      return std::move(flow.value);
    }
  }
}

// Waits until the job has ended; what it writes meanwhile is shown unless `quiet`.
Status wait_for_end(Session& session, const ApiClient& api, const std::string& job, bool quiet) {
  const InterruptNote note(session, "No longer watching; the job goes on.");
  return follow_flow_lines(session, api, job, quiet ? FlowLinesShown::None : FlowLinesShown::All);
}

// What there is to see when the job has ended.
Status wait_for_outcome(Session& session, ApiClient& api, JobView& view, bool quiet) {
  if (view.confidential) {
    TRY_LET(codec::Value result, during("waiting for the result", await_result(api, view.id)));
    TRY_LET(view, during("getting job", read_job_view(api, view.id)));
    // A result is made out before it is handed out, which is what the flow waits for.
    result.set("status", Json(view.flow)["status"].value());
    view.flow = std::move(result);
    return Ok{};
  }
  TRY(during("following the job", wait_for_end(session, api, view.id, quiet)));
  TRY_LET(view, during("getting job", read_job_view(api, view.id)));
  return Ok{};
}

}  // namespace

bool waits_for_end(const Session& session) {
  return session.args.on("wait") || session.args.has("download");
}

Result<std::string> download_path(const Session& session, const std::string& job) {
  const std::string wanted = session.args.get("download");
  if (wanted.empty()) return wanted;
  std::string path = wanted;
  std::error_code ignored;
  if (std::filesystem::is_directory(wanted, ignored)) path += "/" + net::url_encode(job) + ".json";
  TRY(during("reading -download", check_new_file(path)));
  return path;
}

Result<int> show_outcome(Session& session, ApiClient& api, const std::string& job, const std::string& download) {
  TRY_LET(const OutputFormat format, output_format(session));
  const bool json = format == OutputFormat::Json;
  TRY_LET(JobView view, during("getting job", read_job_view(api, job)));
  const bool wait = waits_for_end(session);
  const bool follow = wait && !view.over();
  if (!json) print_head(session, view);
  if (follow) TRY(wait_for_outcome(session, api, view, json));
  if (json) {
    print_json(session.console, json_view(view));
  } else {
    print_state(session, view);
    print_operations(session, view, !follow || view.confidential);
  }
  // Last: the result of a confidential job is handed out once, and has been shown then.
  if (!download.empty()) TRY(during("writing the result", write_new_file(download, codec::dump(view.flow) + "\n")));
  return !wait || view.successful() ? kSuccess : kIncomplete;
}

}  // namespace drover::cli
