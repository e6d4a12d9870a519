// What the client and the servers tell each other.

#include "base/duration.h"
#include "base/log.h"
#include "client/client_impl.h"
#include "codec/describe.h"
#include "codec/storage.h"

#include <algorithm>
#include <utility>

namespace drover::client {
namespace {

// Beyond so many, versions that no allocation runs are dropped; one that is wanted again costs a new stream.
constexpr size_t kMaxIdleJobs = 4096;

}  // namespace

// The stream's callbacks, as long as the client is there.
class StreamHandler final : public rpc::NodeStreamClientHandler {
 public:
  explicit StreamHandler(std::weak_ptr<Client::Impl> impl) : impl_(std::move(impl)) {}

  void on_connected(const std::string& server) override;
  void on_message(rpc::AnyMessage message) override;
  void on_disconnected(const std::string& reason) override;

 private:
  std::weak_ptr<Client::Impl> impl_;
};

namespace {

// An answer over the stream.
class StreamCallWriter final : public CallWriter {
 public:
  explicit StreamCallWriter(rpc::CallWriter& writer) : writer_(writer) {}

  net::Task<Status> begin(std::string content_type) override {
    writer_.set_content_type(std::move(content_type));
    co_return writer_.start();
  }
  net::Task<Status> write(std::string bytes) override { co_return co_await writer_.write(std::move(bytes)); }
  net::Task<Result<std::string>> read_input() override { return writer_.read_input(); }

 private:
  rpc::CallWriter& writer_;
};

// Only what the node has to say.
model::Allocation slim(model::Allocation full) {
  model::Allocation out;
  out.id = full.id;
  out.ns = std::move(full.ns);
  out.job_id = std::move(full.job_id);
  out.node_id = full.node_id;
  out.task_group = std::move(full.task_group);
  out.client_status = full.client_status;
  out.client_description = std::move(full.client_description);
  out.task_states = std::move(full.task_states);
  out.checks = std::move(full.checks);
  out.deployment_status = std::move(full.deployment_status);
  out.alloc_modify_index = full.alloc_modify_index;
  return out;
}

}  // namespace

void StreamHandler::on_connected(const std::string& server) {
  const auto impl = impl_.lock();
  if (!impl) return;
  log::info("connected to a server", {{"server", server}});
  impl->on_connected();
}

void StreamHandler::on_message(rpc::AnyMessage message) {
  if (const auto impl = impl_.lock()) impl->on_message(std::move(message));
}

void StreamHandler::on_disconnected(const std::string& reason) {
  if (const auto impl = impl_.lock()) impl->on_disconnected(reason);
}

void Client::Impl::connect() {
  connection = deps.connect(std::make_shared<StreamHandler>(weak_from_this()));
  const auto answer_call = [weak = weak_from_this()](rpc::CallRequest request,
                                                     rpc::CallWriter& writer) -> net::Task<void> {
    return answer_over_stream(weak.lock(), std::move(request), writer);
  };
  responder = std::make_unique<rpc::CallResponder>(deps.loop, *connection, answer_call);
  const auto on_prefetch = [weak = weak_from_this()](const std::string& prefetched, const std::string& note) {
    if (const auto self = weak.lock()) self->on_prefetched(prefetched, note);
  };
  prefetch = std::make_unique<MarketPrefetch>(deps.loop, deps.fetch_requirements, on_prefetch);
  connection->start();
  watch_cut_off();
}

net::Task<void> Client::Impl::answer_over_stream(std::shared_ptr<Impl> self, rpc::CallRequest request,
                                                 rpc::CallWriter& writer) {
  if (!self) {
    writer.fail(Error(ErrorCode::Unavailable, "the client is not running"));
    co_return;
  }
  StreamCallWriter out(writer);
  const auto answered = co_await self->answer(std::move(request), out);
  if (!answered) writer.fail(answered.error());
}

void Client::Impl::on_connected() {
  if (stopped) return;
  connected = true;
  jobs.clear();
  connection->send(rpc::Hello{.node = agent->node});
  updates.on_connected(*connection);
  services.on_connected(*connection);
  held->on_connected([this](rpc::HeldUpdate update) { connection->send(rpc::Heartbeat{.held = std::move(update)}); });
}

void Client::Impl::on_disconnected(const std::string& reason) {
  if (connected) log::warn("the connection to the servers is lost", {{"reason", reason}});
  if (std::exchange(connected, false)) watch_cut_off();
  heartbeat.cancel();
  updates.on_disconnected();
  services.on_disconnected();
  held->on_disconnected();
  if (responder) responder->on_disconnected();
}

// Stops what is not to run on a node that the servers cannot reach for so long: they will have started it elsewhere.
void Client::Impl::watch_cut_off() {
  cut_off.cancel();
  if (stopped) return;
  const MonoTime now = deps.clock.mono();
  std::optional<MonoTime> next;
  const auto all = runners;
  for (const auto& [id, runner] : all) {
    const auto& disconnect = runner->spec().group->disconnect;
    if (!disconnect || !disconnect->stop_on_client_after || runner->dead() || runner->stopping()) continue;
    const Duration limit = *disconnect->stop_on_client_after;
    const MonoTime due = last_heard + limit;
    if (due > now) {
      next = next ? std::min(*next, due) : due;
      continue;
    }
    log::warn("an allocation is stopped: the servers have been out of reach for too long", {{"alloc", id.str()}});
    runner->stop({.event = "Killing",
                  .message = fmt::format("the servers have been out of reach for stop_on_client_after ({})",
                                         format_duration(limit))});
  }
  if (!next) return;
  cut_off = deps.loop.after(*next - now, "cut off", [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->watch_cut_off();
  });
}

void Client::Impl::on_message(rpc::AnyMessage message) {
  owner.check();
  if (stopped) return;
  last_heard = deps.clock.mono();
  cut_off.cancel();
  if (responder && responder->on_message(message)) return;
  if (auto* welcome = std::get_if<rpc::Welcome>(&message)) return on_welcome(std::move(*welcome));
  if (auto* assignments = std::get_if<rpc::Assignments>(&message)) return on_assignments(std::move(*assignments));
  if (const auto* ack = std::get_if<rpc::Ack>(&message)) return updates.on_ack(ack->sequence);
  if (auto* news = std::get_if<rpc::Services>(&message)) return services.on_services(std::move(*news));
  if (const auto* refused = std::get_if<rpc::Refused>(&message)) {
    log::error("the servers refuse this node", {{"reason", refused->reason}});
  }
}

void Client::Impl::on_welcome(rpc::Welcome welcome) {
  connection->set_servers(std::move(welcome.servers));
  if (!welcome.http_servers.empty()) {
    agent->http_servers = welcome.http_servers;
    if (deps.on_http_servers) deps.on_http_servers(std::move(welcome.http_servers));
  }
  if (welcome.heartbeat_ttl > Duration(0)) heartbeat_ttl = welcome.heartbeat_ttl;
  agent->memory_oversubscription = welcome.memory_oversubscription;
  prefetch->require(std::move(welcome.requirements));
  schedule_heartbeat();
}

void Client::Impl::schedule_heartbeat() {
  heartbeat.cancel();
  heartbeat = deps.loop.after(heartbeat_ttl / 2, "heartbeat", [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || !self->connected || self->stopped) return;
    self->connection->send(rpc::Heartbeat{});
    self->schedule_heartbeat();
  });
}

void Client::Impl::on_prefetched(const std::string& prefetched, const std::string& note) {
  agent->node.prefetched = prefetched;
  agent->node.prefetch_note = note;
  send_node();
}

void Client::Impl::send_node() {
  if (connected && !stopped) connection->send(rpc::Heartbeat{.node = agent->node});
}

// ---- Assignments

void Client::Impl::on_assignments(rpc::Assignments assignments) {
  for (const auto& sent : assignments.jobs) {
    auto job = codec::decode_record<model::Job>(sent.record);
    if (!job) return connection->disconnect(fmt::format("job {}: {}", sent.job.id, job.error().message()));
    jobs[{sent.job, sent.version}] = std::make_shared<const model::Job>(std::move(*job));
  }
  for (const auto& assignment : assignments.changed) on_assignment(assignment);
  for (const auto& id : assignments.removed) forget(id);
  if (assignments.complete) on_complete({assignments.known.begin(), assignments.known.end()});
  if (jobs.size() > kMaxIdleJobs) std::erase_if(jobs, [](const auto& entry) { return entry.second.use_count() == 1; });
}

void Client::Impl::on_complete(const std::set<model::AllocId>& known) {
  remove_unreadable(known);
  forget_unknown(known);
  const auto missing = std::ranges::find_if(
      known, [&](const model::AllocId& id) { return !runners.contains(id) && !tombstones.contains(id); });
  if (missing != known.end()) {
    connection->disconnect("allocation " + missing->str() + " was assigned to this node, but never sent");
  }
}

void Client::Impl::on_assignment(const rpc::Assignment& assignment) {
  const auto& alloc = assignment.alloc;
  const auto job = jobs.find({assignment.job, assignment.job_version});
  const model::TaskGroup* group = job == jobs.end() ? nullptr : job->second->find_group(alloc.task_group);
  if (!group) {
    log::warn("an assignment without its job", {{"alloc", alloc.id.str()}, {"job", assignment.job.id}});
    return connection->disconnect("the job of allocation " + alloc.id.str() + " was never sent");
  }
  AllocSpec spec{.alloc = std::make_shared<const model::Allocation>(alloc), .job = job->second, .group = group};
  const auto runner = runners.find(alloc.id);
  if (runner != runners.end()) {
    if (alloc.alloc_modify_index >= runner->second->alloc().alloc_modify_index) runner->second->update(std::move(spec));
    return;
  }
  if (tombstones.contains(alloc.id)) return;
  if (alloc.client_terminal()) {
    tombstones.insert(alloc.id);
  } else if (alloc.server_terminal()) {
    refuse_stopped(alloc);
  } else if (alloc.client_status == model::ClientStatus::Running) {
    start_lost(std::move(spec));
  } else {
    start_alloc(std::move(spec), assignment.previous_http);
  }
}

// ---- Reports

void Client::Impl::report(AllocRunner& alloc) {
  auto news = slim(alloc.report());
  auto record = codec::encode_record(news);
  auto& last = reported[news.id];
  if (last.record == record) return;
  const auto urgency =
      last.status == news.client_status ? UpdateSender::Urgency::Normal : UpdateSender::Urgency::Urgent;
  last = {.record = std::move(record), .status = news.client_status};
  updates.put(std::move(news), urgency);
}

void Client::Impl::on_alloc_changed(AllocRunner& alloc) {
  report(alloc);
}

void Client::Impl::on_alloc_services(AllocRunner& alloc) {
  rpc::AllocServices news{.alloc_id = alloc.alloc().id, .services = alloc.services()};
  auto record = codec::encode_record(news);
  const auto last = reported_services.find(news.alloc_id);
  if (last == reported_services.end() && news.services.empty()) return;
  if (last != reported_services.end() && last->second == record) return;
  reported_services[news.alloc_id] = std::move(record);
  updates.put(std::move(news));
}

}  // namespace drover::client
