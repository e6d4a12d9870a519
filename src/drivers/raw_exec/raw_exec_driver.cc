#include "drivers/raw_exec/raw_exec_driver.h"

#include "codec/describe.h"
#include "drivers/process/plain_runtime.h"
#include "drivers/process/process_launch.h"
#include "drivers/schemas/config_codec.h"
#include "drivers/schemas/process_config.h"

#include <utility>

namespace drover::drivers {
namespace {

constexpr std::string_view kName = "raw_exec";
constexpr const char* kDisabled =
    "the raw_exec driver is disabled on this node; to allow programs without isolation, set enabled = true in the "
    "agent's plugin \"raw_exec\" block";

Result<LaunchPlan> make_plan(const TaskConfig& config, const RawExecConfig& raw, const RawExecOptions& options) {
  LaunchPlan plan{.spec = supervisor_spec(config)};
  auto& spec = plan.spec;
  spec.netns = config.network.netns;
  if (!raw.work_dir.empty()) {
    spec.cwd = raw.work_dir.starts_with('/') ? raw.work_dir : config.dirs.task + "/" + raw.work_dir;
  }
  TRY_LET(spec.executable, sys::find_executable(raw.command, search_path(config.env), config.dirs.task));
  spec.argv.push_back(raw.command);
  spec.argv.insert(spec.argv.end(), raw.args.begin(), raw.args.end());
  spec.env = env_list(config.env);
  if (!config.user.empty()) {
    TRY_LET(spec.user, sys::find_user(config.user));
  }
  if (options.limits) {
    plan.limits = resource_limits(config, options.pids_limit);
    return plan;
  }
  // No exact accounting: on cgroup v1 joining a hierarchy costs a task some 10 ms.
  plan.limits.cpuset_cpus = cpus_of(config);
  if (config.io_weight > 0) plan.limits.io_weight = static_cast<uint32_t>(config.io_weight);
  return plan;
}

}  // namespace

RawExecDriver::RawExecDriver(std::shared_ptr<ProcessShared> shared, RawExecOptions options)
    : shared_(std::move(shared)),
      runtime_(make_plain_runtime(kName, options.no_cgroups ? nullptr : &shared_->cgroups)),
      options_(options) {}

net::Task<model::DriverInfo> RawExecDriver::fingerprint() {
  model::DriverInfo info{.detected = options_.enabled, .healthy = options_.enabled};
  info.health_description = options_.enabled ? "Healthy" : "disabled";
  if (options_.enabled) info.attributes["driver.raw_exec"] = "1";
  info.update_time = shared_->context.clock.now();
  co_return info;
}

Diagnostics RawExecDriver::validate_config(const codec::Value& config) const {
  Diagnostics problems;
  if (!options_.enabled) problems.error("driver", kDisabled);
  drivers::validate_config(kName, config, ConfigStage::Interpolated, problems, {.config = "config"});
  return problems;
}

net::Task<Result<std::unique_ptr<RunningTask>>> RawExecDriver::start(TaskConfig config, EventSink) {
  if (!options_.enabled) co_return err(ErrorCode::PermissionDenied, "{}", kDisabled);
  const Diagnostics problems = validate_config(config.config);
  if (problems.has_errors()) co_return err(problems.to_error());
  Diagnostics none;
  MakePlan plan = [raw = read_config<RawExecConfig>(config.config, ConfigStage::Interpolated, none),
                   options = options_](const TaskConfig& task, const std::string&) {
    return make_plan(task, raw, options);
  };
  const auto cgroups = options_.no_cgroups ? UseCgroup::No : UseCgroup::Yes;
  co_return co_await start_process(shared_, runtime_, std::move(config), cgroups, std::move(plan));
}

net::Task<Result<std::unique_ptr<RunningTask>>> RawExecDriver::recover(TaskHandle handle) {
  return recover_process(shared_, runtime_, std::move(handle));
}

}  // namespace drover::drivers
