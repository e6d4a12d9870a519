#include "cli/next_launch.h"

#include "base/duration.h"
#include "cli/text.h"
#include "model/cron.h"

#include <utility>
#include <vector>

#include <fmt/core.h>

namespace drover::cli {

std::string next_launch_text(const Json& periodic, WallTime now) {
  if (periodic["Enabled"].present() && !periodic["Enabled"].truth()) return {};
  std::vector<std::string> specs = {periodic["Spec"].raw()};
  for (const Json& spec : periodic["Specs"].items()) specs.push_back(spec.raw());
  std::vector<model::Cron> schedules;
  for (const std::string& spec : specs) {
    if (auto schedule = model::Cron::parse(spec)) schedules.push_back(std::move(*schedule));
  }
  const auto zone = model::TimeZone::load(periodic["TimeZone"].raw());
  const auto next = zone ? model::next_launch(schedules, now, *zone) : std::nullopt;
  if (!next) return {};
  return fmt::format("{} ({} from now)", time_stamp(next->unix_nanos), format_duration_short(*next - now));
}

}  // namespace drover::cli
