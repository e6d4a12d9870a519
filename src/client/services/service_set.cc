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
  const ServiceOwner owner{.alloc = *offer.alloc,
                           .node = agent_.node,
                           .task = offer.task,
                           .group = offer.group,
                           .network = offer.network,
                           .alloc_ip = offer.alloc_ip};
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
  for (const auto& endpoint : offer.endpoints) add_endpoint(offer, owner, endpoint, problems);
  if (!offer.services.empty() || !offer.endpoints.empty()) listener_.on_services_changed();
  return problems;
}

void ServiceSet::add_endpoint(const Offer& offer, const ServiceOwner& owner, const EndpointService& endpoint,
                              std::vector<std::string>& problems) {
  auto registration = make_registration(owner, endpoint.service);
  if (!registration) return problems.push_back(registration.error().message());
  ServiceEntry entry{.registration = std::move(*registration)};
  for (const auto& check : endpoint.checks) {
    if (auto started = start_endpoint_check(offer, owner, endpoint.service, check, problems))
      entry.checks.push_back(std::move(started));
  }
  offers_[offer.task].push_back(std::move(entry));
}

std::shared_ptr<ServiceSet::CheckEntry> ServiceSet::start_endpoint_check(const Offer& offer, const ServiceOwner& owner,
                                                                         const model::Service& service,
                                                                         const model::EndpointCheck& check,
                                                                         std::vector<std::string>& problems) {
  auto endpoint = resolve_endpoint(owner, service.address_mode, service.port_label);
  if (!endpoint) {
    problems.push_back(endpoint.error().message());
    return nullptr;
  }
  const model::Check shaped = to_check(check);
  CheckTarget target{.check = shaped, .endpoint = std::move(*endpoint)};
  target.expected_status = check.type == "http" ? check.expected_status : 0;
  target.expected_response = check.expected_response;
  auto entry = std::make_shared<CheckEntry>(CheckEntry{.target = std::move(target),
                                                       .status = CheckStatus(shaped),
                                                       .restarts = CheckRestartTracker({}, offer.task_started),
                                                       .of_endpoint = true,
                                                       .once = !check.continuous});
  entry->state = {.name = shaped.name,
                  .service = service.name,
                  .task = offer.task,
                  .status = entry->status.status(),
                  .timestamp = agent_.clock.now()};
  entry->loop = agent_.loop.spawn("health check", run_check(this, entry));
  return entry;
}

Duration ServiceSet::interval_of(const CheckEntry& entry) {
  if (!entry.of_endpoint) return std::max(entry.target.check.interval, kMinInterval);
  return entry.state.status == "passing" ? kEndpointCheckInterval : kEndpointCheckStart;
}

std::shared_ptr<ServiceSet::CheckEntry> ServiceSet::start_check(const Offer& offer, const ServiceOwner& owner,
                                                                const model::Service& service,
                                                                const model::Check& check,
                                                                std::vector<std::string>& problems) {
  CheckTarget target{.check = check};
  if (check.type != "script") {
    const std::string& label = check.port_label.empty() ? service.port_label : check.port_label;
    auto endpoint = resolve_endpoint(owner, check.address_mode.empty() ? "host" : check.address_mode, label);
    if (!endpoint) {
      problems.push_back(endpoint.error().context("check " + check.name).message());
      return nullptr;
    }
    target.endpoint = std::move(*endpoint);
  }
  const std::string& named = check.task_name.empty() ? service.task_name : check.task_name;
  const std::string task = offer.task.empty() ? named : offer.task;
  const auto policy = check.check_restart.value_or(model::CheckRestart{});
  auto entry = std::make_shared<CheckEntry>(CheckEntry{.target = std::move(target),
                                                       .script_task = task,
                                                       .restarts_task = task,
                                                       .status = CheckStatus(check),
                                                       .restarts = CheckRestartTracker(policy, offer.task_started)});
  entry->state = {.name = check.name,
                  .service = service.name,
                  .task = task,
                  .status = entry->status.status(),
                  .timestamp = agent_.clock.now()};
  entry->loop = agent_.loop.spawn("health check", run_check(this, entry));
  return entry;
}

// The first result comes at once. What follows keeps to a rhythm whose phase is chance, so that the checks of tasks
// that started together spread over the interval; a check that takes too long leaves out beats.
net::Task<void> ServiceSet::run_check(ServiceSet* self, std::shared_ptr<CheckEntry> entry) {
  if (entry->removed) co_return;
  Duration interval = interval_of(*entry);
  const auto runner = self->agent_.checks;
  MonoTime next = self->agent_.clock.mono();
  next = next + (std::chrono::duration_cast<Duration>(interval * self->agent_.uniform()) - interval);
  while (!entry->removed) {
    auto target = std::make_shared<CheckTarget>(entry->target);
    if (target->check.type == "script") target->running = self->listener_.running_task(entry->script_task);
    auto result = co_await runner->run(std::move(target));
    if (entry->removed) co_return;
    self->on_result(*entry, std::move(result));
    if (entry->removed) co_return;
    if (entry->once && entry->state.status == "passing") co_return;
    interval = interval_of(*entry);
    const MonoTime now = self->agent_.clock.mono();
    next = next + interval * ((now - next) / interval + 1);
    co_await net::sleep_for(next - now);
  }
}

void ServiceSet::on_result(CheckEntry& entry, CheckResult result) {
  auto& state = entry.state;
  const std::string before = std::exchange(state.status, entry.status.on_result(result.status));
  // Why it fails is news too; what a check that passes prints is not.
  const bool other_reason = result.status != "passing" && result.output != state.output;
  const bool changed = state.output.empty() || state.status != before || other_reason;
  state.output = std::move(result.output);
  state.timestamp = agent_.clock.now();
  const bool restart = entry.restarts.on_result(state.status, agent_.clock.mono());
  const std::string task = entry.restarts_task;
  const std::string reason = "healthcheck: check \"" + state.name + "\" unhealthy";
  if (changed) listener_.on_services_changed();
  // Last: it removes the entry.
  if (restart) listener_.on_unhealthy(task, reason);
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
  const auto is_good = [](const std::shared_ptr<CheckEntry>& check) {
    const std::string& on_update = check->target.check.on_update;
    const std::string& status = check->state.status;
    return status == "passing" || on_update == "ignore" || (status == "warning" && on_update == "ignore_warnings");
  };
  return std::ranges::all_of(offers_, [&](const auto& offer) {
    return std::ranges::all_of(offer.second,
                               [&](const ServiceEntry& entry) { return std::ranges::all_of(entry.checks, is_good); });
  });
}

}  // namespace drover::client
