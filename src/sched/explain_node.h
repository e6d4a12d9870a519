#pragma once

#include "sched/explanation.h"
#include "sched/plan_builder.h"

#include <cstdint>
#include <string>

namespace drover::sched {

struct JudgeContext {
  PlanBuilder& builder;
  const GroupSite& site;
};

// What comes of one node as a place for a group, cheap enough to be made for every node.
struct Verdict {
  uint32_t slot = 0;
  const char* code = "";  // of NodeExplanation
  std::string what;       // the text of the check that fails
  int stage = 0;          // 0: fits; the lower, the nearer it is to that
  double lack = 0;        // within a stage: how much is missing, as a share of what is asked for

  bool fits() const { return stage == 0; }
};

// `there`: the group may be on a node once, and is there.
Verdict judge(const JudgeContext& context, uint32_t slot, bool there);

// For people.
NodeExplanation describe_verdict(const JudgeContext& context, const Verdict& verdict);

}  // namespace drover::sched
