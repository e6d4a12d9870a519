// Cron expressions, and when they come next. The first byte chooses the time zone and the time.

#include <array>
#include <cstdint>
#include <string_view>

#include "base/strings.h"
#include "model/cron.h"

namespace {

using namespace drover;

const model::TimeZone& zone(uint8_t n) {
  static const std::array<model::TimeZone, 6> kZones = {
      model::TimeZone::utc(),
      model::TimeZone::load("Europe/Berlin").value_or(model::TimeZone::utc()),
      model::TimeZone::load("America/New_York").value_or(model::TimeZone::utc()),
      model::TimeZone::load("Australia/Lord_Howe").value_or(model::TimeZone::utc()),
      model::TimeZone::load("Pacific/Apia").value_or(model::TimeZone::utc()),
      model::TimeZone::load("Africa/Cairo").value_or(model::TimeZone::utc()),
  };
  return kZones[n % kZones.size()];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto cron = model::Cron::parse(text);
  if (!cron) {
    if (cron.error().message().empty() || !is_valid_utf8(cron.error().message())) __builtin_trap();
    return 0;
  }
  constexpr int64_t kDay = 86'400'000'000'000;
  WallTime last{(data[0] / 6) * 730 * kDay};
  const auto times = cron->next_n(last, 20, zone(data[0]));
  if (!times.empty() && !cron->ever_comes()) __builtin_trap();
  for (const WallTime time : times) {
    if (time <= last || time.unix_nanos % 1'000'000'000 != 0) __builtin_trap();
    if (zone(data[0]).resolve(zone(data[0]).to_civil(time)).at != time) __builtin_trap();  // the first of its kind
    last = time;
  }
  return 0;
}
