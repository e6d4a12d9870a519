#include "base/strings.h"
#include "model/cron.h"
#include "model/validate_parts.h"

namespace drover::model {

void validate_cron(const std::string& spec, const Problems& problems) {
  const auto schedule = Cron::parse(spec);
  if (!schedule) return problems.error("{}", schedule.error().message());
  if (!schedule->ever_comes()) {
    problems.error("the cron expression \"{}\" names a day that never comes", printable(spec, 80));
  }
}

void validate_time_zone(const std::string& name, const Problems& problems) {
  const auto zone = TimeZone::load(name);
  if (!zone) problems.error("{}", zone.error().message());
}

}  // namespace drover::model
