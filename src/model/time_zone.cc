#include "model/time_zone.h"

#include <algorithm>
#include <filesystem>

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include "base/strings.h"

namespace drover::model {
namespace {

// Without dots, so that a name never leads out of the database.
bool is_zone_name(std::string_view name) {
  const bool characters = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '-' || c == '+';
  });
  return !name.empty() && characters && name.front() != '/' && name.size() <= 64;
}

CivilTime from_absl(const absl::CivilSecond& time) {
  return {.year = static_cast<int>(std::clamp<absl::civil_year_t>(time.year(), -9999, 9999)),
          .month = time.month(),
          .day = time.day(),
          .hour = time.hour(),
          .minute = time.minute(),
          .second = time.second()};
}

WallTime from_absl(absl::Time time) {
  return {absl::ToUnixNanos(time)};
}

}  // namespace

struct TimeZone::Impl {
  absl::TimeZone zone;
};

TimeZone TimeZone::utc() {
  return TimeZone(std::make_shared<const Impl>(Impl{absl::UTCTimeZone()}));
}

Result<TimeZone> TimeZone::load(std::string_view name, std::string_view database) {
  if (name.empty() || name == "UTC") return utc();
  if (equals_ignore_case(name, "local") || name == "localtime") {
    return err(ErrorCode::InvalidArgument,
               "\"{}\" is another time zone on every machine: name one, such as Europe/Berlin", name);
  }
  const std::filesystem::path folder(database);
  std::error_code failed;
  if (is_zone_name(name) && std::filesystem::is_regular_file(folder / name, failed)) {
    absl::TimeZone zone;
    if (absl::LoadTimeZone(std::string(name), &zone)) return TimeZone(std::make_shared<const Impl>(Impl{zone}));
  } else if (!std::filesystem::is_directory(folder, failed)) {
    return err(ErrorCode::Unavailable,
               "time zone \"{}\" cannot be looked up: there is no time zone database in {} (apt-get install tzdata)",
               printable(name, 80), database);
  }
  return err(ErrorCode::InvalidArgument, "\"{}\" is not the name of a time zone, such as Europe/Berlin",
             printable(name, 80));
}

CivilTime TimeZone::to_civil(WallTime time) const {
  return from_absl(absl::ToCivilSecond(absl::FromUnixNanos(time.unix_nanos), impl_->zone));
}

TimeZone::Local TimeZone::resolve(const CivilTime& time) const {
  const absl::CivilSecond civil(time.year, time.month, time.day, time.hour, time.minute, time.second);
  const absl::TimeZone::TimeInfo info = impl_->zone.At(civil);
  switch (info.kind) {
    case absl::TimeZone::TimeInfo::SKIPPED:
      return {.at = std::nullopt, .resume = from_absl(absl::ToCivilSecond(info.trans, impl_->zone))};
    case absl::TimeZone::TimeInfo::REPEATED:
      return {.at = from_absl(info.pre), .resume = from_absl(civil + absl::ToInt64Seconds(info.trans - info.pre))};
    case absl::TimeZone::TimeInfo::UNIQUE:
      break;
  }
  return {.at = from_absl(info.pre), .resume = time};
}

}  // namespace drover::model
