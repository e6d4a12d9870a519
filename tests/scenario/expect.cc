#include "scenario/expect.h"

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"

namespace drover::scenario {
namespace {

using model::Allocation;
using model::Evaluation;
using Remembered = std::map<std::string, model::AllocId>;

tl::unexpected<Error> unknown(const std::string& what) {
  return err(ErrorCode::InvalidArgument, "nothing is known of \"{}\"", what);
}

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

std::string describe(const Allocation& alloc) {
  return fmt::format("{} {} ({}) on {}", alloc.name, name_of(alloc.client_status), name_of(alloc.desired_status),
                     alloc.node_name);
}

Status expect_number(int64_t is, const std::string& wanted, std::string_view what) {
  const auto number = parse_int(wanted);
  if (!number) return err(ErrorCode::InvalidArgument, "\"{}\" is no number", wanted);
  if (is != *number) return found("{} {}", is, what);
  return Ok{};
}

model::JobKey key_of(const std::string& job) {
  return {model::kDefaultNamespace, job};
}

bool has_status(const Allocation& alloc, const std::string& status) {
  if (status == "live") return !alloc.terminal();
  if (status == "stopped") return alloc.server_terminal();
  if (status == "any") return true;
  return name_of(alloc.client_status) == status;
}

// The newest evaluation of a job by creation, those that others have cancelled left out.
state::Row<Evaluation> newest_eval(const state::Snapshot& snapshot, const std::string& job) {
  state::Row<Evaluation> newest;
  for (const auto& entry : snapshot.evals_of_job(key_of(job))) {
    if (entry.value->status == model::EvalStatus::Cancelled) continue;
    if (!newest || entry.value->create_index >= newest->create_index) newest = entry.value;
  }
  return newest;
}

// expect alloc NAME STATUS [on NODE] | expect alloc NAME on NODE
Status expect_alloc(const Statement& s, const World& world) {
  const auto alloc = find_alloc(world.now(), s.word(2));
  if (!alloc) return found("no allocation {}", s.word(2));
  size_t at = 3;
  if (s.word(at) != "on" && !has_status(*alloc, s.word(at++))) return found("{}", describe(*alloc));
  if (s.word(at) == "on" && alloc->node_name != s.word(at + 1)) return found("{}", describe(*alloc));
  return Ok{};
}

// expect allocs JOB[.GROUP] = N [STATUS] [on NODE]
Status expect_allocs(const Statement& s, const World& world) {
  const std::string& name = s.word(2);
  const size_t dot = name.find('.');
  const std::string group = dot == std::string::npos ? "" : name.substr(dot + 1);
  size_t at = 5;
  const std::string status = s.word(at).empty() || s.word(at) == "on" ? "live" : s.word(at++);
  const std::string node = s.word(at) == "on" ? s.word(at + 1) : "";
  int64_t count = 0;
  std::string all;
  for (const auto& entry : world.now().allocs_of_job(key_of(name.substr(0, dot)))) {
    const Allocation& alloc = *entry.value;
    if (!group.empty() && alloc.task_group != group) continue;
    all += "\n    " + describe(alloc);
    if (has_status(alloc, status) && (node.empty() || alloc.node_name == node)) ++count;
  }
  return expect_number(count, s.word(4), fmt::format("{} of{}", status, all));
}

// expect same|replaced NAME, after `remember NAME`
Status expect_identity(const Statement& s, const World& world, const Remembered& remembered) {
  const auto known = remembered.find(s.word(2));
  if (known == remembered.end()) return err(ErrorCode::InvalidArgument, "{} was not remembered", s.word(2));
  const auto alloc = find_alloc(world.now(), s.word(2));
  const bool same = alloc && alloc->id == known->second;
  if (same != (s.word(1) == "same")) return found("{}", alloc ? describe(*alloc) : "none");
  return Ok{};
}

// expect failed JOB.GROUP dimension|constraint NAME N | … evaluated|filtered|exhausted|coalesced|queued N
Status expect_failed(const Statement& s, const World& world) {
  const std::string& name = s.word(2);
  const size_t dot = name.find('.');
  const auto eval = newest_eval(world.now(), name.substr(0, dot));
  if (!eval) return found("no evaluation of {}", name.substr(0, dot));
  const auto metric = eval->failed_tg_allocs.find(dot == std::string::npos ? "" : name.substr(dot + 1));
  if (metric == eval->failed_tg_allocs.end()) return found("{} of {} groups failed", 0, eval->failed_tg_allocs.size());
  const model::AllocMetric& m = metric->second;
  const std::string& what = s.word(3);
  const auto in = [&](const std::map<std::string, int32_t>& counts) {
    const auto at = counts.find(s.word(4));
    return expect_number(at == counts.end() ? 0 : at->second, s.word(5), codec::to_json(m));
  };
  if (what == "dimension") return in(m.dimension_exhausted);
  if (what == "constraint") return in(m.constraint_filtered);
  if (what == "available") return in(m.nodes_available);
  if (what == "class") return in(m.class_filtered);
  const std::map<std::string, int32_t> totals = {
      {"evaluated", m.nodes_evaluated},
      {"filtered", m.nodes_filtered},
      {"exhausted", m.nodes_exhausted},
      {"coalesced", m.coalesced_failures},
      {"queued", eval->queued_allocations.count(metric->first) > 0 ? eval->queued_allocations.at(metric->first) : 0}};
  const auto total = totals.find(what);
  if (total == totals.end()) return unknown(what);
  return expect_number(total->second, s.word(4), codec::to_json(m));
}

// expect eval JOB STATUS [TRIGGER]: the newest one
Status expect_eval(const Statement& s, const World& world) {
  const auto eval = newest_eval(world.now(), s.word(2));
  if (!eval) return found("no evaluation of {}", s.word(2));
  const bool trigger = s.word(4).empty() || eval->triggered_by == s.word(4);
  if (name_of(eval->status) != s.word(3) || !trigger) {
    return found("{} {}: {}", name_of(eval->status), eval->triggered_by, eval->status_description);
  }
  return Ok{};
}

// expect evals JOB = N [STATUS|TRIGGER]
Status expect_evals(const Statement& s, const World& world) {
  int64_t count = 0;
  std::string all;
  for (const auto& entry : world.now().evals_of_job(key_of(s.word(2)))) {
    const Evaluation& eval = *entry.value;
    const std::string status = name_of(eval.status);
    all += "\n    " + status + " " + eval.triggered_by;
    if (s.word(5).empty() || status == s.word(5) || eval.triggered_by == s.word(5)) ++count;
  }
  return expect_number(count, s.word(4), "of" + all);
}

// expect job JOB status STATUS
Status expect_job(const Statement& s, const World& world) {
  const auto job = world.now().job(key_of(s.word(2)));
  if (!job) return found("no job {}", s.word(2));
  if (s.word(3) != "status") return unknown(s.word(3));
  if (name_of(job->status) != s.word(4)) return found("{}", name_of(job->status));
  return Ok{};
}

bool is_blocked(const World& world, const std::string& job) {
  return world.now().activity_of_job(key_of(job)).blocked_evals > 0;
}

// expect no blocked | expect no job JOB | expect no alloc NAME
Status expect_no(const Statement& s, const World& world) {
  const std::string& what = s.word(2);
  if (what == "blocked") {
    const bool any = s.word(3).empty() ? world.blocked_count() > 0 : is_blocked(world, s.word(3));
    if (any) return found("{} blocked evaluations", world.blocked_count());
    return Ok{};
  }
  if (what == "job") {
    if (world.now().job(key_of(s.word(3)))) return found("job {}", s.word(3));
    return Ok{};
  }
  if (what != "alloc") return unknown(what);
  const auto alloc = find_alloc(world.now(), s.word(3));
  if (alloc && !alloc->terminal()) return found("{}", describe(*alloc));
  return Ok{};
}

// expect nodes JOB = N: how many nodes its live allocations are on
Status expect_nodes(const Statement& s, const World& world) {
  std::set<std::string> nodes;
  for (const auto& entry : world.now().allocs_of_job(key_of(s.word(2)))) {
    if (!entry.value->terminal()) nodes.insert(entry.value->node_name);
  }
  return expect_number(static_cast<int64_t>(nodes.size()), s.word(4),
                       "nodes: " + join({nodes.begin(), nodes.end()}, " "));
}

// expect ports NODE = N: how many different host ports its live allocations hold
Status expect_ports(const Statement& s, const World& world) {
  const auto node = find_node(world.now(), s.word(2));
  if (!node) return found("no node {}", s.word(2));
  std::set<int32_t> ports;
  for (const auto& entry : world.now().allocs_of_node(node->id)) {
    if (entry.value->terminal()) continue;
    for (const model::AllocatedPort& port : entry.value->ports) ports.insert(port.value);
  }
  return expect_number(static_cast<int64_t>(ports.size()), s.word(4), "ports");
}

// expect order JOB…: what was worked on since `hold` or `release`
Status expect_order(const Statement& s, const World& world) {
  const std::vector<std::string> wanted(s.words.begin() + 2, s.words.end());
  if (world.processed() != wanted) return found("{}", join(world.processed(), " "));
  return Ok{};
}

}  // namespace

Status expect(const Statement& s, const World& world, const Remembered& remembered) {
  const std::string& what = s.word(1);
  if (what == "alloc") return expect_alloc(s, world);
  if (what == "allocs") return expect_allocs(s, world);
  if (what == "same" || what == "replaced") return expect_identity(s, world, remembered);
  if (what == "failed") return expect_failed(s, world);
  if (what == "eval") return expect_eval(s, world);
  if (what == "evals") return expect_evals(s, world);
  if (what == "job") return expect_job(s, world);
  if (what == "no") return expect_no(s, world);
  if (what == "nodes") return expect_nodes(s, world);
  if (what == "ports") return expect_ports(s, world);
  if (what == "order") return expect_order(s, world);
  if (what == "blocked") {
    if (!is_blocked(world, s.word(2))) return found("{} blocked evaluations", world.blocked_count());
    return Ok{};
  }
  if (what == "version") {
    const auto job = world.now().job(key_of(s.word(2)));
    if (!job) return found("no job {}", s.word(2));
    return expect_number(static_cast<int64_t>(job->version), s.word(3), "as its version");
  }
  return expect_change(s, world);
}

state::Row<Allocation> find_alloc(const state::Snapshot& snapshot, const std::string& name) {
  state::Row<Allocation> newest;
  for (const auto& entry : snapshot.allocs()) {
    const Allocation& alloc = *entry.value;
    if (alloc.name != name && !alloc.name.ends_with("." + name)) continue;
    if (!newest || alloc.create_index > newest->create_index) newest = entry.value;
  }
  return newest;
}

state::Row<model::Node> find_node(const state::Snapshot& snapshot, const std::string& name) {
  for (const auto& entry : snapshot.nodes()) {
    if (entry.value->name == name) return entry.value;
  }
  return nullptr;
}

}  // namespace drover::scenario
