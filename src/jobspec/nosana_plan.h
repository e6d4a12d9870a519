#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "codec/value.h"

// The order in which a definition's operations run (facts/nosana.md 2.5).
namespace drover::jobspec {

struct NosanaOp {
  const codec::Value* value = nullptr;
  size_t index = 0;
  std::string id;
  std::string group;  // "execution.group"; "": none
  std::vector<std::string> depends_on;
};

// The operations of a definition of any shape; those without an id are left out.
std::vector<NosanaOp> nosana_ops(const codec::Value& definition);

// What Nosana's planner refuses, in its words, and cycles, which it overlooks.
void check_nosana_plan(const std::vector<NosanaOp>& ops, Diagnostics& diagnostics);

// The stage of every operation: stages run one after the other, in the order in which they appear. An operation is in
// its group, or else in a stage of its own; one without a group that depends on others without a group joins the last
// of them, so that it can run beside what it depends on. REQUIRES ops that check_nosana_plan() has nothing against.
std::vector<std::string> nosana_stages(const std::vector<NosanaOp>& ops);

}  // namespace drover::jobspec
