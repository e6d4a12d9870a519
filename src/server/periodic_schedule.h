#pragma once

#include "base/clock.h"
#include "model/cron.h"
#include "state/view.h"

#include <optional>
#include <vector>

namespace drover::server {

// When a periodic job is launched (facts 1.4).
class PeriodicSchedule {
 public:
  // Of a job that launches others at all: periodic, enabled, not stopped and with a schedule that can be read.
  static std::optional<PeriodicSchedule> of(const model::Job& job);

  // The first time after `after`.
  std::optional<WallTime> next(WallTime after) const { return model::next_launch(crons_, after, zone_); }

  // The last time after `after` that is not later than `now`: those that were missed count as one.
  std::optional<WallTime> latest(WallTime after, WallTime now) const;

 private:
  PeriodicSchedule(std::vector<model::Cron> crons, model::TimeZone zone)
      : crons_(std::move(crons)), zone_(std::move(zone)) {}

  std::vector<model::Cron> crons_;
  model::TimeZone zone_;
};

// The time from which on launches count: the last one, or when this version of the job was submitted.
WallTime launched_until(const state::Snapshot& snapshot, const model::Job& job);

// Something that the job has launched still runs or is still to be placed.
bool child_is_active(const state::Snapshot& snapshot, const model::JobKey& parent);

}  // namespace drover::server
