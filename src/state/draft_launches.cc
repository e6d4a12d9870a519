#include "state/draft.h"
#include "state/edit.h"
#include "state/rows.h"

#include <utility>

// Rows beside jobs that nothing is counted from: deployments, launches, scaling events, the configuration and markets.
namespace drover::state {

using model::Deployment;

void Draft::put_deployment(Deployment deployment) {
  const Row<Deployment> old = next_.deployment(deployment.id);
  CHECK(!old || old->job_key() == deployment.job_key(), "a deployment changes its job");
  deployment.create_index = old ? old->create_index : index();
  deployment.modify_index = index();
  const auto row = std::make_shared<const Deployment>(std::move(deployment));
  put(next_.deployments_, row->id, row);
  index_put(next_.deployments_by_job_, row->job_key(), row->id, row);
  record(Table::Deployments, stored_key(row->id.value), encode_row(*row));
}

void Draft::erase_deployment(const model::DeploymentId& id) {
  const Row<Deployment> old = next_.deployment(id);
  if (!old) return;
  erase(next_.deployments_, id);
  index_erase(next_.deployments_by_job_, old->job_key(), id);
  record(Table::Deployments, stored_key(id.value), std::nullopt);
}

void Draft::put_launch(model::PeriodicLaunch launch) {
  const model::JobKey key = launch.job_key();
  const auto old = next_.periodic_launch(key);
  launch.create_index = old ? old->create_index : index();
  launch.modify_index = index();
  const auto row = std::make_shared<const model::PeriodicLaunch>(std::move(launch));
  put(next_.launches_, key, row);
  record(Table::PeriodicLaunches, stored_key(key), encode_row(*row));
}

void Draft::put_scaling_events(model::JobScalingEvents events) {
  const model::JobKey key = events.job_key();
  events.modify_index = index();
  const auto row = std::make_shared<const model::JobScalingEvents>(std::move(events));
  put(next_.scaling_, key, row);
  record(Table::ScalingEvents, stored_key(key), encode_row(*row));
}

void Draft::erase_launches(const model::JobKey& key) {
  if (next_.periodic_launch(key)) {
    erase(next_.launches_, key);
    record(Table::PeriodicLaunches, stored_key(key), std::nullopt);
  }
  if (next_.scaling_events(key)) {
    erase(next_.scaling_, key);
    record(Table::ScalingEvents, stored_key(key), std::nullopt);
  }
}

void Draft::put_scheduler_config(model::SchedulerConfig config) {
  const auto& old = next_.scheduler_config_;
  config.create_index = old ? old->create_index : index();
  config.modify_index = index();
  next_.scheduler_config_ = std::make_shared<const model::SchedulerConfig>(std::move(config));
  record(Table::SchedulerConfig, kSchedulerConfigKey, encode_row(*next_.scheduler_config_));
}

void Draft::put_market(model::Market market) {
  const auto old = next_.market(market.slug);
  market.create_index = old ? old->create_index : index();
  market.modify_index = index();
  const auto row = std::make_shared<const model::Market>(std::move(market));
  put(next_.markets_, row->slug, row);
  record(Table::Markets, row->slug, encode_row(*row));
}

void Draft::erase_market(const std::string& slug) {
  if (!next_.market(slug)) return;
  erase(next_.markets_, slug);
  record(Table::Markets, slug, std::nullopt);
}

}  // namespace drover::state
