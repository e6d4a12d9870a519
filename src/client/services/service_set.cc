#include "client/services/service_set.h"

#include <algorithm>
#include <utility>

namespace drover::client {
namespace {

constexpr Duration kMinInterval = std::chrono::milliseconds(100);

int severity(std::string_view status) {
  if (status == "passing") return 0;
  return status == "warning" ? 1 : 2;
}

}  // namespace

std::vector<std::string> ServiceSet::add(Offer offer) {
  remove(offer.task);
  std::vector<std::string> problems;
  ServiceOwner owner{.alloc = *offer.alloc, .node = agent_.node, .task = offer.task, .group = offer.group};
  if (offer.running) owner.network = offer.running->network();
  auto& entries = offers_[offer.task];
  for (const auto& service : offer.services) {
    auto registration = make_registration(owner, service);
    if (!registration) {
      problems.push_back(registration.error().message());
      continue;
    }
    ServiceEntry entry{.registration = std::move(*registration)};
    for (const auto& check : service.checks) {
      if (auto started = start_check(offer, owner, service, check, problems))
        entry.checks.push_back(std::move(started));
    }
    entries.push_back(std::move(entry));
  }
  if (!offer.services.empty()) listener_.on_services_changed();
  return problems;
}

std::shared_ptr<ServiceSet::CheckEntry> ServiceSet::start_check(const Offer& offer, const ServiceOwner& owner,
                                                                const model::Service& service,
                                                                const model::Check& check,
                                                                std::vector<std::string>& problems) {
  auto target = std::make_shared<CheckTarget>(CheckTarget{.check = check, .running = offer.running});
  const auto script_task = offer.tasks.find(service.task_name);
  if (script_task != offer.tasks.end()) target->running = script_task->second;
  if (check.type != "script") {
    const std::string& label = check.port_label.empty() ? service.port_label : check.port_label;
    auto endpoint = resolve_endpoint(owner, check.address_mode.empty() ? "host" : check.address_mode, label);
    if (!endpoint) {
      problems.push_back(endpoint.error().context("check " + check.name).message());
      return nullptr;
    }
    target->endpoint = std::move(*endpoint);
  }
  const auto policy = check.check_restart.value_or(model::CheckRestart{});
  auto entry = std::make_shared<CheckEntry>(
      CheckEntry{.target = target, .restarts = CheckRestartTracker(policy, offer.task_started)});
  entry->state = {.name = check.name,
                  .service = service.name,
                  .task = offer.task.empty() ? service.task_name : offer.task,
                  .status = check.initial_status.empty() ? "critical" : check.initial_status,
                  .timestamp = agent_.clock.now()};
  entry->loop = agent_.loop.spawn("health check", run_check(this, entry));
  return entry;
}

// Starts are `interval` apart, however long the check takes; one that takes longer delays the next.
net::Task<void> ServiceSet::run_check(ServiceSet* self, std::shared_ptr<CheckEntry> entry) {
  const Duration interval = std::max(entry->target->check.interval, kMinInterval);
  MonoTime next = self->agent_.clock.mono();
  while (true) {
    auto result = co_await perform_check(entry->target);
    if (entry->removed) co_return;
    self->on_result(*entry, std::move(result));
    if (entry->removed) co_return;
    const MonoTime now = self->agent_.clock.mono();
    next = std::max(next + interval, now);
    co_await net::sleep_for(next - now);
  }
}

void ServiceSet::on_result(CheckEntry& entry, CheckResult result) {
  auto& state = entry.state;
  const bool first = state.output.empty();
  const bool changed = first || state.status != result.status;
  state.status = std::move(result.status);
  state.output = std::move(result.output);
  state.timestamp = agent_.clock.now();
  const bool restart = entry.restarts.on_result(state.status, agent_.clock.mono());
  const std::string task = state.task;
  const std::string reason = "healthcheck: check \"" + state.name + "\" unhealthy";
  if (changed) listener_.on_services_changed();
  // Last: it removes the entry.
  if (restart && !task.empty()) listener_.on_unhealthy(task, reason);
}

void ServiceSet::remove(const std::string& task) {
  const auto it = offers_.find(task);
  if (it == offers_.end()) return;
  const auto entries = std::move(it->second);
  offers_.erase(it);
  for (const auto& entry : entries) {
    for (const auto& check : entry.checks) {
      check->removed = true;
      check->loop.cancel();
    }
  }
  if (!entries.empty()) listener_.on_services_changed();
}

void ServiceSet::clear() {
  while (!offers_.empty()) remove(offers_.begin()->first);
}

std::vector<model::ServiceRegistration> ServiceSet::registrations() const {
  std::vector<model::ServiceRegistration> out;
  for (const auto& [task, entries] : offers_) {
    for (const auto& entry : entries) {
      out.push_back(entry.registration);
      std::string& health = out.back().health;
      health = "passing";
      for (const auto& check : entry.checks) {
        if (severity(check->state.status) > severity(health)) health = check->state.status;
      }
    }
  }
  return out;
}

std::vector<model::CheckState> ServiceSet::checks() const {
  std::vector<model::CheckState> out;
  for (const auto& [task, entries] : offers_) {
    for (const auto& entry : entries) {
      for (const auto& check : entry.checks) out.push_back(check->state);
    }
  }
  return out;
}

bool ServiceSet::healthy(const std::string& task) const {
  const auto all = checks();
  return std::ranges::all_of(
      all, [&](const model::CheckState& check) { return check.task != task || check.status == "passing"; });
}

bool ServiceSet::all_healthy() const {
  const auto all = checks();
  return std::ranges::all_of(all, [](const model::CheckState& check) { return check.status == "passing"; });
}

}  // namespace drover::client
