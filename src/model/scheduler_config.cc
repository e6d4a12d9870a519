#include "model/scheduler_config.h"

namespace drover::model {

bool PreemptionConfig::allows(JobType type) const {
  switch (type) {
    case JobType::System:
      return system;
    case JobType::Sysbatch:
      return sysbatch;
    case JobType::Batch:
      return batch;
    case JobType::Service:
      return service;
  }
  return false;
}

}  // namespace drover::model
