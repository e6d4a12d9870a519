#include "client/tasks/task_events.h"

#include "base/duration.h"
#include "base/strings.h"
#include "jobspec/nosana_results.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace drover::client::events {
namespace {

constexpr size_t kMaxMessageBytes = 2048;

}  // namespace

model::TaskEvent make(const char* type, WallTime now, std::string message, Details details) {
  if (message.size() > kMaxMessageBytes || !is_valid_utf8(message)) message = printable(message, kMaxMessageBytes);
  return {.type = type, .time = now, .display_message = std::move(message), .details = std::move(details)};
}

model::TaskEvent terminated(WallTime now, const drivers::ExitResult& exit) {
  std::string message = fmt::format("Exit Code: {}", exit.exit_code);
  if (exit.signal != 0) message += fmt::format(", Signal: {}", exit.signal);
  if (exit.oom_killed) message += ", OOM Killed";
  if (!exit.error.empty()) message += fmt::format(", Exit Message: \"{}\"", exit.error);
  Details details = {{"exit_code", std::to_string(exit.exit_code)},
                     {"signal", std::to_string(exit.signal)},
                     {"oom_killed", exit.oom_killed ? "true" : "false"}};
  if (!exit.error.empty()) details["exit_message"] = exit.error;
  return make(kTerminated, now, std::move(message), std::move(details));
}

model::TaskEvent restarting(WallTime now, std::string_view reason, Duration delay) {
  return make(kRestarting, now, fmt::format("Task restarting in {}", format_duration(delay)),
              {{"restart_reason", std::string(reason)}, {"start_delay", std::to_string(delay.count())}});
}

void append(model::TaskState& state, model::TaskEvent event) {
  const auto is_results = [](const model::TaskEvent& e) { return e.type.str() == jobspec::kResultsEvent; };
  auto& events = state.events;
  if (is_results(event)) events.erase(std::remove_if(events.begin(), events.end(), is_results), events.end());
  events.push_back(std::move(event));
  while (events.size() > model::kMaxTaskEvents) {
    events.erase(std::find_if_not(events.begin(), events.end(), is_results));
  }
}

}  // namespace drover::client::events
