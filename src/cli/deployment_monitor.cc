#include "cli/deployment_monitor.h"

#include "cli/deployment_view.h"
#include "cli/interrupt.h"
#include "cli/json.h"

#include <algorithm>
#include <map>

namespace drover::cli {
namespace {

constexpr Duration kDeploymentWait = std::chrono::seconds(60);

std::string group_progress(const Json& group) {
  std::string text = fmt::format("{}/{} placed, {} healthy, {} unhealthy", group["PlacedAllocs"].integer(),
                                 std::max(group["DesiredTotal"].integer(), group["DesiredCanaries"].integer()),
                                 group["HealthyAllocs"].integer(), group["UnhealthyAllocs"].integer());
  if (group["DesiredCanaries"].integer() > 0) text += group["Promoted"].truth() ? ", promoted" : ", not promoted";
  return text;
}

class DeploymentMonitor {
 public:
  DeploymentMonitor(const Session& session, ApiClient& api) : session_(session), api_(api) {}

  Result<int> follow(const std::string& id) {
    Console& console = session_.console;
    console.line(
        console.paint(Colour::Bold, fmt::format("==> Monitoring deployment \"{}\"", session_.short_id(safe_text(id)))));
    uint64_t index = 0;
    while (true) {
      TRY_LET(const Answer answer, during("querying deployment", api_.get(api_path("/v1/deployment/", id), {},
                                                                          Watch{index, kDeploymentWait})));
      const Json deployment(answer.value);
      show_changes(deployment);
      if (deployment_has_ended(deployment)) return end(deployment);
      index = std::max<uint64_t>(answer.index, 1);
    }
  }

 private:
  void show_changes(const Json& deployment) {
    for (const auto& [name, group] : deployment["TaskGroups"].members()) {
      say_once(name, fmt::format("Task group \"{}\": {}", name, group_progress(group)));
    }
    say_once("", deployment["StatusDescription"].text());
  }

  // A line about something, unless it was the last one about it.
  void say_once(const std::string& about, const std::string& text) {
    if (text.empty() || std::exchange(said_[about], text) == text) return;
    session_.console.line("    " + text);
  }

  int end(const Json& deployment) {
    Console& console = session_.console;
    const std::string status = deployment["Status"].text();
    const bool successful = status == "successful";
    console.line(
        console.paint(successful ? Colour::Green : Colour::Red,
                      fmt::format("==> Deployment \"{}\" {}", session_.short_id(deployment["ID"].text()), status)));
    console.line("\n" + deployment_facts(session_, deployment, DeploymentOf::Anything) + "\n\n" +
                 console.paint(Colour::Bold, "Deployed") + "\n" + deployment_table(deployment));
    return successful ? kSuccess : kFailure;
  }

  const Session& session_;
  ApiClient& api_;
  std::map<std::string, std::string> said_;
};

}  // namespace

Result<int> follow_deployment(const Session& session, ApiClient& api, const std::string& id) {
  return DeploymentMonitor(session, api).follow(id);
}

Result<int> monitor_deployment(const Session& session, ApiClient& api, const std::string& id) {
  const InterruptNote note(session, fmt::format("No longer watching; the deployment goes on. To look again: drover "
                                                "deployment status -monitor {}",
                                                session.short_id(safe_text(id))));
  return follow_deployment(session, api, id);
}

}  // namespace drover::cli
