#include "cli/drain_monitor.h"

#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/text.h"

#include <algorithm>
#include <map>

namespace drover::cli {
namespace {

// A drain may end without a change of an allocation: the node is looked at again after this.
constexpr Duration kLook = std::chrono::seconds(2);

bool has_stopped(const std::string& status) {
  return status == "complete" || status == "failed" || status == "lost";
}

class DrainMonitor {
 public:
  DrainMonitor(const Session& session, ApiClient& api, std::string node_id)
      : session_(session), api_(api), node_id_(std::move(node_id)) {}

  Result<int> follow() {
    uint64_t index = 0;
    bool draining = false;
    while (true) {
      TRY_LET(const Answer allocs,
              during("querying allocations",
                     api_.get(api_path("/v1/node/", node_id_, "/allocations"), {}, Watch{index, kLook})));
      TRY_LET(const Answer node, during("querying node", api_.get(api_path("/v1/node/", node_id_))));
      show_allocs(allocs.value);
      const bool still = Json(node.value)["DrainStrategy"].present();
      if (!still) return end(node.value, draining);
      if (!std::exchange(draining, true)) show_strategy(node.value);
      index = std::max<uint64_t>(allocs.index, 1);
    }
  }

 private:
  struct Seen {
    std::string status;
    bool migrating = false;
  };

  std::string short_id() const { return session_.short_id(safe_text(node_id_)); }

  void show_strategy(const Json& node) {
    const Json drain = node["DrainStrategy"];
    const int64_t deadline = drain["Deadline"].integer();
    session_.console.line(fmt::format("==> Monitoring node \"{}\": {}", short_id(),
                                      deadline < 0    ? "everything stops at once"
                                      : deadline == 0 ? "no deadline"
                                                      : "deadline " + time_stamp(drain["ForceDeadline"])));
  }

  void show_allocs(const Json& allocs) {
    for (const Json& alloc : allocs.items()) {
      const std::string id = session_.short_id(alloc["ID"].text());
      const std::string status = alloc["ClientStatus"].text();
      const auto [at, is_new] = seen_.try_emplace(alloc["ID"].raw());
      Seen& seen = at->second;
      if (is_new) seen.status = status;
      const bool migrating = alloc["DesiredTransition"]["Migrate"].truth() || alloc["DesiredStatus"].raw() == "stop";
      if (migrating && !std::exchange(seen.migrating, true) && !has_stopped(status)) {
        session_.console.line(fmt::format("    Alloc \"{}\" marked for migration", id));
      }
      if (seen.status == status) continue;
      session_.console.line(fmt::format("    Alloc \"{}\" status {} -> {}", id, seen.status, status));
      seen.status = status;
    }
  }

  int end(const Json& node, bool was_draining) {
    if (!was_draining && !node["LastDrain"].present()) {
      session_.console.line(fmt::format("No drain strategy set for node \"{}\"", short_id()));
      return kSuccess;
    }
    const std::string status = node["LastDrain"]["Status"].raw();
    session_.console.line(
        fmt::format("==> Drain {} for node \"{}\"", status == "canceled" ? "canceled" : "complete", short_id()));
    const bool all_stopped = std::ranges::all_of(seen_, [](const auto& s) { return has_stopped(s.second.status); });
    if (all_stopped) {
      session_.console.line(fmt::format("==> All allocations on node \"{}\" have stopped", short_id()));
    }
    return kSuccess;
  }

  const Session& session_;
  ApiClient& api_;
  const std::string node_id_;
  std::map<std::string, Seen> seen_;  // by id
};

}  // namespace

Result<int> monitor_drain(const Session& session, ApiClient& api, const std::string& node_id) {
  const InterruptNote note(session, fmt::format("No longer watching; the drain goes on. To look again: drover node "
                                                "drain -monitor {}",
                                                session.short_id(safe_text(node_id))));
  return DrainMonitor(session, api, node_id).follow();
}

}  // namespace drover::cli
