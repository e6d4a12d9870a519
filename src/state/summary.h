#pragma once

#include "codec/fwd.h"

#include <cstdint>
#include <map>
#include <string>

namespace drover::state {

// How many allocations of a group are in which state.
struct GroupSummary {
  int32_t queued = 0;  // wanted, not placed: from the newest evaluation
  int32_t complete = 0;
  int32_t failed = 0;
  int32_t running = 0;
  int32_t starting = 0;
  int32_t lost = 0;
  int32_t unknown = 0;
};
void describe(codec::StructBuilder& d, GroupSummary& r);

struct ChildrenSummary {
  int64_t pending = 0;
  int64_t running = 0;
  int64_t dead = 0;
};
void describe(codec::StructBuilder& d, ChildrenSummary& r);

// The state of a job in numbers; derived from allocations by apply() and rebuilt at start, never stored.
struct JobSummary {
  std::string job_id;
  std::string ns;
  std::map<std::string, GroupSummary> summary;
  ChildrenSummary children;
  uint64_t create_index = 0;
  uint64_t modify_index = 0;
};
void describe(codec::StructBuilder& d, JobSummary& r);

}  // namespace drover::state
