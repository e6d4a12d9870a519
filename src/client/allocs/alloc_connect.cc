// The network of an allocation: its way into it before the tasks, and out of it after them.

#include "base/log.h"
#include "client/allocs/alloc_runner.h"
#include "client/network/alloc_network.h"
#include "sys/netns.h"

#include <algorithm>
#include <utility>

namespace drover::client {

// The record is on disk before anything is done that would have to be undone.
net::Task<Status> AllocRunner::connect(std::shared_ptr<AllocRunner> self) {
  auto& agent = self->agent_;
  const auto& spec = self->spec_;
  const auto write_dns = [self, spec] { return self->dir_.write_resolv_conf(resolv_conf(*spec.group)); };
  const auto written = co_await net::run_blocking(agent.pool, write_dns);
  if (!written || !has_own_network(*spec.group)) co_return written;

  if (has_private_network(*spec.group)) co_return co_await connect_privately(self);

  const auto find = [&agent, spec] { return spec.network && agent.networks->is_there(*spec.network); };
  const bool there = co_await net::run_blocking(agent.pool, find);
  if (there) co_return Ok{};
  CO_TRY_LET(auto record, agent.networks->plan(*spec.alloc, *spec.group));
  const auto attached = co_await attach(self, record);
  self->take_network(std::make_shared<const NetworkRecord>(std::move(record)));
  co_return attached;
}

// The engine's own network. After a restart of the machine it may be gone: the driver makes it again.
net::Task<Status> AllocRunner::connect_privately(std::shared_ptr<AllocRunner> self) {
  auto& agent = self->agent_;
  const auto spec = self->spec_;
  const auto driver = agent.drivers.find("docker");
  if (driver == agent.drivers.end()) co_return err(ErrorCode::InvalidArgument, "private networks need driver docker");
  NetworkRecord record{.driver = "docker", .result = "{}", .private_network = spec.alloc->id.str()};
  const auto keep = [&] {
    return agent.store.write_alloc({.alloc = *spec.alloc, .job = *spec.job, .network = record});
  };
  const auto kept = co_await net::run_blocking(agent.pool, keep);
  if (!kept) co_return kept;
  auto made = co_await driver->second->create_private_network(spec.alloc->id.str());
  if (made) record.private_network = *made;
  self->take_network(std::make_shared<const NetworkRecord>(std::move(record)));
  if (!made) co_return err(made.error());
  co_return Ok{};
}

net::Task<Status> AllocRunner::attach(std::shared_ptr<AllocRunner> self, NetworkRecord& record) {
  auto& agent = self->agent_;
  const auto spec = self->spec_;
  std::shared_ptr<drivers::Driver> holder;
  for (const auto& task : spec.group->tasks) {
    const auto driver = agent.drivers.find(task.driver);
    if (driver != agent.drivers.end() && driver->second->holds_networks()) holder = driver->second;
  }
  if (holder) record.driver = holder->name();
  const auto keep = [&] {
    return agent.store.write_alloc({.alloc = *spec.alloc, .job = *spec.job, .network = record});
  };
  const auto kept = co_await net::run_blocking(agent.pool, keep);
  if (!kept) co_return kept;
  std::string file;
  if (holder) {
    auto made = co_await holder->create_network(spec.alloc->id.str(), network_of(*spec.group)->hostname);
    CO_TRY_LET(const auto held, std::move(made));
    record.container = held.container;
    file = held.netns;
  }
  const auto set_up = [&]() -> Status {
    if (!file.empty()) TRY(sys::name_netns(file, record.netns));
    return agent.networks->set_up(spec.alloc->id, record);
  };
  co_return co_await net::run_blocking(agent.pool, set_up);
}

void AllocRunner::take_network(std::shared_ptr<const NetworkRecord> network) {
  spec_.network = std::move(network);
  for (const auto& [name, task] : tasks_) task->update(spec_, task->task());
  keep_record();
}

// Once everything has ended.
void AllocRunner::leave_network() {
  if (!spec_.network || !dead() || setting_up_ || disconnecting_ || listener_ == nullptr) return;
  disconnecting_ = true;
  agent_.loop.spawn("alloc network", disconnect(shared_from_this()));
}

net::Task<void> AllocRunner::disconnect(std::shared_ptr<AllocRunner> self) {
  auto& agent = self->agent_;
  const auto network = self->spec_.network;
  const std::string id = self->spec_.alloc->id.str();
  const auto holder = agent.drivers.find(network->driver);
  Status done = Ok{};
  if (network->private_network.empty()) {
    const auto tear_down = [&] { return agent.networks->tear_down(self->spec_.alloc->id, *network); };
    done = co_await net::run_blocking(agent.pool, tear_down);
  }
  if (holder != agent.drivers.end()) {
    auto& driver = *holder->second;
    Status removed = Ok{};
    if (network->private_network.empty()) {
      removed = co_await driver.destroy_network(id);
    } else {
      removed = co_await driver.destroy_private_network(id);
    }
    if (!removed) done = removed;
  }
  if (!done) {
    log::warn("something of an allocation's network is left",
              {{"alloc", self->spec_.alloc->id.str()}, {"error", done.error().message()}});
  }
  self->take_network(nullptr);
  self->disconnecting_ = false;
  self->kept_.notify();
}

}  // namespace drover::client
