#include "base/strings.h"
#include "model/cron.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

void validate_schedules(const Periodic& periodic, const Problems& problems) {
  if (periodic.spec_type != "cron") {
    return problems.at("SpecType")
        .error("unknown kind of schedule \"{}\", only cron is known", printable(periodic.spec_type, 80));
  }
  if (!periodic.spec.empty() && !periodic.specs.empty()) {
    return problems.at("Specs").error("cron and crons cannot be given together: put all schedules into crons");
  }
  if (periodic.specs.empty()) validate_cron(periodic.spec, problems.at("Spec"));
  for (size_t i = 0; i < periodic.specs.size(); ++i) validate_cron(periodic.specs[i], problems.at("Specs", i));
}

}  // namespace

void validate_periodic(const Periodic& periodic, JobType type, const Problems& problems) {
  if (type != JobType::Batch && type != JobType::Sysbatch) {
    problems.error("only batch jobs can be periodic: set type = \"batch\"");
  }
  validate_schedules(periodic, problems);
  validate_time_zone(periodic.time_zone, problems.at("TimeZone"));
}

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
