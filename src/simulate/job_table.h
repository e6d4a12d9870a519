#pragma once

#include "base/result.h"
#include "base/shared_string.h"
#include "model/job.h"
#include "rpc/messages.h"

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace drover::simulate {

// What a simulated node has to know of a task group.
struct GroupOutline {
  SharedString name;
  std::vector<SharedString> tasks;
  std::vector<uint64_t> assets;  // what its tasks need: model::asset_key
  bool ends = false;             // batch and sysbatch: its tasks end by themselves
  bool reports_health = false;   // it has an update block whose health nodes decide
  Duration min_healthy_time{0};
};

// The jobs that were sent to any node of the fleet, in outline: a job that thousands of nodes get is decoded once.
class JobTable {
 public:
  // Errors: a record that is none.
  Status add(const rpc::JobRecord& record);
  // Null if the job was never sent or has no such group.
  std::shared_ptr<const GroupOutline> find(const model::JobKey& job, uint64_t version, std::string_view group) const;

 private:
  struct Version {
    uint64_t create_index = 0;
    std::vector<std::shared_ptr<const GroupOutline>> groups;
  };
  std::map<std::pair<model::JobKey, uint64_t>, Version> versions_;
};

}  // namespace drover::simulate
