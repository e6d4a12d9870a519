#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace drover::model {

// A date and time of day as a calendar and a clock on the wall show it. Ordered like time.
struct CivilTime {
  int year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;

  friend auto operator<=>(const CivilTime&, const CivilTime&) = default;
};

inline constexpr std::string_view kZoneDatabase = "/usr/share/zoneinfo";

// A zone of the system's time zone database. Cheap to copy.
class TimeZone {
 public:
  static TimeZone utc();

  // "Europe/Berlin"; "UTC" and "" need no database. `database` is only looked at for whether the zone is there: so a
  // name that is none costs nothing later, and a missing database is told from a wrong name.
  static Result<TimeZone> load(std::string_view name, std::string_view database = kZoneDatabase);

  CivilTime to_civil(WallTime time) const;

  struct Local {
    std::optional<WallTime> at;  // the first time that clocks show it; nothing if they are set forward over it
    CivilTime resume;            // where that stretch of skipped or repeated times ends; else the time itself
  };
  // REQUIRES: `time` is valid but for its year, which may be any from 1 to 9999.
  Local resolve(const CivilTime& time) const;

 private:
  struct Impl;
  explicit TimeZone(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<const Impl> impl_;
};

}  // namespace drover::model
