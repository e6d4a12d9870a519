#include "sched/explain_node.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "base/strings.h"
#include "model/interpolate.h"
#include "sched/slots.h"

namespace drover::sched {
namespace {

// In the order in which a node is checked, from far to near.
enum Stage { kFits, kRoom, kOther, kObstacle, kElsewhere, kNotReady };

std::optional<Verdict> judge_state(const model::Node& node) {
  if (node.status != model::NodeStatus::Ready) {
    return Verdict{.code = "node-status", .what = "the node is not ready", .stage = kNotReady};
  }
  if (node.drain) return Verdict{.code = "node-drain", .what = "the node is being drained", .stage = kNotReady};
  if (node.eligibility != model::NodeEligibility::Eligible) {
    return Verdict{.code = "node-eligibility", .what = "the node takes no new work", .stage = kNotReady};
  }
  if (node.prefetching) {
    return Verdict{
        .code = "market-resources", .what = "the node does not have yet what its market requires", .stage = kNotReady};
  }
  return std::nullopt;
}

std::optional<Verdict> judge_checks(const NodeChecks& checks, const model::Node& node) {
  if (auto elsewhere = checks.elsewhere(node)) {
    return Verdict{.code = elsewhere->code, .what = std::move(elsewhere->text), .stage = kElsewhere};
  }
  auto obstacle = checks.class_obstacle(node);
  if (!obstacle) obstacle = checks.node_obstacle(node);
  if (!obstacle) return std::nullopt;
  return Verdict{.code = obstacle->code, .what = std::move(obstacle->text), .stage = kObstacle};
}

std::optional<Verdict> judge_amounts(const JudgeContext& context, uint32_t slot) {
  const state::GroupAsk& ask = context.site.ask;
  const Usage::Excess over = context.builder.usage().excess(slot, ask);
  const auto lacks = [](const char* code, int64_t missing, int64_t asked, std::string_view unit) {
    return Verdict{.code = code,
                   .what = fmt::format("needs {} {}", missing, unit),
                   .stage = kRoom,
                   .lack = static_cast<double>(missing) / static_cast<double>(std::max<int64_t>(asked, 1))};
  };
  if (over.cores > 0) return lacks("cores", over.cores, ask.cores, "more cores");
  if (over.cpu > 0) return lacks("cpu", over.cpu, ask.cpu, "MHz more CPU");
  if (over.memory_mb > 0) return lacks("memory", over.memory_mb, ask.memory_mb, "MB more memory");
  if (over.disk_mb > 0) return lacks("disk", over.disk_mb, ask.disk_mb, "MB more disk");
  return std::nullopt;
}

// "static port 443 is used by job web", "… is shared by jobs api, blog".
std::string port_holders(const state::Snapshot& snapshot, const model::Node& node, int32_t port) {
  if (std::ranges::find(node.reserved.ports, port) != node.reserved.ports.end()) {
    return fmt::format("static port {} is reserved by the node", port);
  }
  std::set<std::string> jobs;
  for (const auto& entry : snapshot.allocs_of_node(node.id)) {
    const model::Allocation& alloc = *entry.value;
    if (alloc.terminal()) continue;
    const bool holds = std::ranges::any_of(alloc.ports, [&](const auto& held) { return held.value == port; });
    if (holds) jobs.insert(alloc.job_id.str());
  }
  if (jobs.empty()) return fmt::format("static port {} is in use", port);
  if (jobs.size() == 1) return fmt::format("static port {} is used by job {}", port, *jobs.begin());
  return fmt::format("static port {} is shared by jobs {}", port, join({jobs.begin(), jobs.end()}, ", "));
}

std::optional<Verdict> judge_holdings(const JudgeContext& context, const model::Node& node, uint32_t slot) {
  const state::GroupAsk& ask = context.site.ask;
  const Usage& usage = context.builder.usage();
  for (const uint16_t port : ask.static_ports) {
    if (!usage.port_in_use(slot, port)) continue;
    return Verdict{
        .code = "static-port", .what = port_holders(context.builder.snapshot(), node, port), .stage = kRoom, .lack = 2};
  }
  if (!usage.fits(slot, ask)) {
    return Verdict{.code = "dynamic-ports", .what = "too few dynamic ports are free", .stage = kRoom, .lack = 3};
  }
  const DeviceRules& devices = context.site.devices;
  if (devices.any() && !devices.grant(node, usage.holdings(slot).devices)) {
    return Verdict{
        .code = "free-devices", .what = devices.lack(node, usage.holdings(slot).devices), .stage = kRoom, .lack = 1};
  }
  return std::nullopt;
}

// "what the node has" for the constraint whose text failed.
std::string actual_value(const JudgeContext& context, const model::Node& node, const std::string& text) {
  const auto look = [&](const std::vector<model::Constraint>& constraints) -> std::optional<std::string> {
    for (const model::Constraint& constraint : constraints) {
      if (to_string(constraint) != text) continue;
      const auto value = model::resolve_node_target(constraint.ltarget, node);
      return value ? printable(*value) : "no such attribute";
    }
    return std::nullopt;
  };
  auto found = look(context.builder.job().constraints);
  if (!found) found = look(context.site.group.constraints);
  for (const model::Task& task : context.site.group.tasks) {
    if (!found) found = look(task.constraints);
  }
  return found.value_or("another value");
}

void describe_obstacle(const JudgeContext& context, const model::Node& node, const Verdict& verdict,
                       NodeExplanation& out) {
  const std::string_view code = verdict.code;
  if (code == obstacle::kConstraint) {
    out.reason = fmt::format("constraint {}, the node has {}", verdict.what, actual_value(context, node, verdict.what));
    out.remedy = "loosen the constraint, or change the node";
  } else if (code == obstacle::kDatacenter) {
    out.reason = fmt::format("the node is in datacenter {}", node.datacenter);
    out.remedy = fmt::format("add {} to the job's datacenters", node.datacenter);
  } else if (code == obstacle::kNodePool) {
    out.reason = fmt::format("the node is in node pool {}", node.node_pool);
    out.remedy = fmt::format("set the job's node pool to {} or all", node.node_pool);
  } else if (code == obstacle::kDriverOption) {
    out.reason = verdict.what;
    out.remedy = fmt::format("allow it on the node ({}), or do without it in the job",
                             context.site.feasibility.checks().forbidden(node)->remedy());
  } else if (code == obstacle::kHostVolume) {
    out.reason = context.site.feasibility.checks().missing_volume(node);
    out.remedy = "offer it in the client's host_volume block, or ask for it as read_only";
  } else if (code == obstacle::kDevices) {
    out.reason = context.site.devices.lack(node, {});
    out.remedy = "loosen the device's constraints or count, or use another node";
  } else {
    out.reason = verdict.what;
    out.remedy = "provide it on the node, or do without it in the job";
  }
}

}  // namespace

Verdict judge(const JudgeContext& context, uint32_t slot, bool there) {
  const auto node = node_in(context.builder.snapshot(), slot);
  std::optional<Verdict> found = judge_state(*node);
  if (!found) found = judge_checks(context.site.feasibility.checks(), *node);
  if (!found && there) found = Verdict{.code = "already-there", .what = "it runs here", .stage = kOther};
  if (!found) {
    if (const std::string* rule = context.site.distinct.violated_by(slot)) {
      const char* code = *rule == "distinct_hosts" ? "distinct-hosts" : "distinct-property";
      found = Verdict{.code = code, .what = *rule, .stage = kOther};
    }
  }
  if (!found) found = judge_amounts(context, slot);
  if (!found) found = judge_holdings(context, *node, slot);
  Verdict verdict = found ? std::move(*found) : Verdict{};
  verdict.slot = slot;
  return verdict;
}

NodeExplanation describe_verdict(const JudgeContext& context, const Verdict& verdict) {
  const auto node = node_in(context.builder.snapshot(), verdict.slot);
  NodeExplanation out{.node_id = node->id,
                      .node_name = node->name,
                      .code = verdict.code,
                      .reason = verdict.what,
                      .remedy = {},
                      .scores = {}};
  switch (verdict.stage) {
    case kObstacle:
    case kElsewhere:
      describe_obstacle(context, *node, verdict, out);
      break;
    case kRoom:
      out.remedy = verdict.what.starts_with("needs ") ? verdict.what : "free what is in use, or ask for another";
      if (verdict.what.starts_with("needs ")) out.reason = fmt::format("{} exhausted", verdict.code);
      break;
    case kOther:
      if (std::string_view(verdict.code) != "already-there") out.remedy = "needs a node without a copy of it";
      break;
    case kNotReady:
      out.remedy = "bring the node back, or make it eligible";
      break;
    default:
      break;
  }
  return out;
}

}  // namespace drover::sched
