#include <algorithm>

#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "scenario/expect.h"

namespace drover::scenario {
namespace {

template <class... Args>
tl::unexpected<Error> found(fmt::format_string<Args...> format, Args&&... args) {
  return err(ErrorCode::Conflict, "found {}", fmt::vformat(format, fmt::make_format_args(args...)));
}

template <class Enum>
std::string name_of(Enum value) {
  for (const codec::EnumName& entry : enum_names(value)) {
    if (entry.value == static_cast<int64_t>(value)) return std::string(entry.name);
  }
  return "?";
}

model::JobKey key_of(const std::string& job) {
  return {model::kDefaultNamespace, job};
}

Status expect_count(int64_t is, const std::string& wanted, const std::string& what) {
  const auto number = parse_int(wanted);
  if (!number) return err(ErrorCode::InvalidArgument, "\"{}\" is no number", wanted);
  if (is != *number) return found("{} {}", is, what);
  return Ok{};
}

// expect deployment JOB STATUS [DESCRIPTION] | expect deployment JOB.GROUP placed|healthy|unhealthy|canaries|desired N
Status expect_deployment(const Statement& s, const World& world) {
  const std::string& name = s.word(2);
  const size_t dot = name.find('.');
  const auto deployment = world.now().latest_deployment(key_of(name.substr(0, dot)));
  if (!deployment) return found("no deployment");
  if (dot == std::string::npos) {
    const std::string status = name_of(deployment->status);
    const bool same = status == s.word(3) && (s.word(4).empty() || deployment->status_description == s.word(4));
    if (!same) return found("{}: {}", status, deployment->status_description);
    return Ok{};
  }
  const auto group = deployment->task_groups.find(name.substr(dot + 1));
  if (group == deployment->task_groups.end()) return found("no such group in the deployment");
  const model::DeploymentGroup& g = group->second;
  const std::string text = codec::to_json(g);
  if (s.word(3) == "placed") return expect_count(g.placed_allocs, s.word(4), text);
  if (s.word(3) == "healthy") return expect_count(g.healthy_allocs, s.word(4), text);
  if (s.word(3) == "unhealthy") return expect_count(g.unhealthy_allocs, s.word(4), text);
  if (s.word(3) == "desired") return expect_count(g.desired_total, s.word(4), text);
  if (s.word(3) == "canaries") return expect_count(static_cast<int64_t>(g.placed_canaries.size()), s.word(4), text);
  return err(ErrorCode::InvalidArgument, "a deployment has no \"{}\"", s.word(3));
}

// expect node NAME ready|down|disconnected|initializing|draining|drained|eligible|ineligible
Status expect_node(const Statement& s, const World& world) {
  const auto node = find_node(world.now(), s.word(2));
  if (!node) return found("no node {}", s.word(2));
  const std::string& what = s.word(3);
  const std::string status = name_of(node->status);
  const std::string eligibility = name_of(node->eligibility);
  const std::string last = node->last_drain ? node->last_drain->status : "";
  const bool holds = what == "draining"  ? node->drain.has_value()
                     : what == "drained" ? !node->drain && last == "complete"
                                         : what == status || what == eligibility;
  if (!holds) return found("{}, {}, last drain \"{}\"", status, eligibility, last);
  return Ok{};
}

// expect event NODE TEXT
Status expect_event(const Statement& s, const World& world) {
  const auto node = find_node(world.now(), s.word(2));
  if (!node) return found("no node {}", s.word(2));
  std::string all;
  for (const model::NodeEvent& event : node->events) {
    if (event.message == s.word(3)) return Ok{};
    all += "\n    " + event.message;
  }
  return found("{}", all);
}

// expect children JOB = N
Status expect_children(const Statement& s, const World& world) {
  std::string names;
  const auto children = world.now().children_of(key_of(s.word(2)));
  for (const auto& child : children) names += "\n    " + child->id;
  return expect_count(static_cast<int64_t>(children.size()), s.word(4), "children:" + names);
}

// expect stable JOB VERSION
Status expect_stable(const Statement& s, const World& world) {
  const auto version = parse_int(s.word(3));
  const auto job = world.now().job_version(key_of(s.word(2)), static_cast<uint64_t>(version.value_or(-1)));
  if (!job || !job->stable) return found("no stable version {}", s.word(3));
  return Ok{};
}

}  // namespace

Status expect_change(const Statement& s, const World& world) {
  const std::string& what = s.word(1);
  if (what == "deployment") return expect_deployment(s, world);
  if (what == "node") return expect_node(s, world);
  if (what == "event") return expect_event(s, world);
  if (what == "children") return expect_children(s, world);
  if (what == "stable") return expect_stable(s, world);
  return err(ErrorCode::InvalidArgument, "nothing is known of \"{}\"", what);
}

}  // namespace drover::scenario
