#include "sim/sim_node.h"

#include <algorithm>
#include <utility>

#include "codec/describe.h"
#include "codec/storage.h"

namespace drover::sim {

using model::AllocId;
using model::ClientStatus;

namespace {

constexpr size_t kMaxReports = 50;
constexpr Duration kBatchInterval = std::chrono::milliseconds(25);

}  // namespace

SimNode::SimNode(model::Node node, Network& network, const Clock& clock, Random& random, Agenda& agenda, Trace& trace)
    : node_(std::move(node)), network_(network), clock_(clock), random_(random), agenda_(agenda), trace_(trace) {}

SimNode::~SimNode() = default;

void SimNode::later(Duration delay, std::function<void()> work) {
  agenda_.add(clock_.mono() + delay, [life = std::weak_ptr(life_), work = std::move(work)] {
    if (!life.expired()) work();
  });
}

// ---- The process

void SimNode::start() {
  if (up_) return;
  up_ = true;
  life_ = std::make_shared<int>();
  trace_.note("{} starts with {} allocations", name(), allocs_.size());
  for (const auto& [id, alloc] : allocs_) {
    alloc->restore(clock_.mono());
    report(*alloc);
    watch(id);
  }
  connect_soon();
}

void SimNode::die(Loss loss) {
  if (!up_) return;
  up_ = false;
  life_.reset();
  trace_.note("{} dies: {}", name(), loss == Loss::Process ? "process" : loss == Loss::Machine ? "machine" : "disk");
  if (connection_) network_.abandon(std::exchange(connection_, nullptr));
  connecting_ = flushing_ = false;
  updates_ = {};
  jobs_.clear();
  tombstones_.clear();
  sent_ends_.clear();
  if (loss == Loss::Disk) allocs_.clear();
  if (loss != Loss::Machine) return;
  for (const auto& [id, alloc] : allocs_) alloc->interrupt(random_, clock_.mono(), clock_.now());
}

// ---- The stream

void SimNode::isolate() {
  trace_.note("{} is cut off", name());
  isolated_ = true;
  cut();
}

void SimNode::reconnect() {
  trace_.note("{} can be reached again", name());
  isolated_ = false;
  if (up_) connect_soon();
}

void SimNode::cut() {
  if (connection_) network_.cut(connection_);
}

void SimNode::connect_soon() {
  if (connection_ || std::exchange(connecting_, true)) return;
  later(std::chrono::milliseconds(random_.below(2'000)), [this] {
    connecting_ = false;
    connect();
  });
}

void SimNode::connect() {
  if (connection_) return;
  if (!isolated_) connection_ = network_.connect(name(), *this);
  if (!connection_) return connect_soon();
  jobs_.clear();
  send(rpc::AnyMessage(rpc::Hello{.node = node_}));
  updates_.resend();
  sent_ends_.clear();
  flush();
}

// The agent gives the stream up.
void SimNode::disconnect() {
  if (!connection_) return;
  network_.abandon(std::exchange(connection_, nullptr));
  on_disconnected();
}

void SimNode::on_disconnected() {
  connection_.reset();
  ++beat_;
  if (up_) connect_soon();
}

void SimNode::send(const rpc::AnyMessage& message) {
  if (connection_) network_.send(connection_, message);
}

void SimNode::on_message(rpc::AnyMessage message) {
  if (const auto* welcome = std::get_if<rpc::Welcome>(&message)) return on_welcome(*welcome);
  if (const auto* assignments = std::get_if<rpc::Assignments>(&message)) return on_assignments(*assignments);
  if (const auto* ack = std::get_if<rpc::Ack>(&message)) return on_ack(ack->sequence);
  if (const auto* refused = std::get_if<rpc::Refused>(&message)) trace_.note("{} refused: {}", name(), refused->reason);
}

void SimNode::on_welcome(const rpc::Welcome& welcome) {
  ttl_ = welcome.heartbeat_ttl;
  beat();
}

// One chain of heartbeats: the newest.
void SimNode::beat() {
  later(ttl_ / 2, [this, beat = ++beat_] {
    if (beat != beat_ || !connection_) return;
    send(rpc::AnyMessage(rpc::Heartbeat{}));
    this->beat();
  });
}

void SimNode::on_ack(uint64_t sequence) {
  updates_.ack(sequence);
  while (!sent_ends_.empty() && sent_ends_.begin()->first <= sequence) {
    const auto& ends = sent_ends_.begin()->second;
    acknowledged_ends_.insert(ends.begin(), ends.end());
    sent_ends_.erase(sent_ends_.begin());
  }
}

// ---- Assignments

void SimNode::on_assignments(const rpc::Assignments& assignments) {
  for (const rpc::JobRecord& sent : assignments.jobs) {
    auto job = codec::decode_record<model::Job>(sent.record);
    if (!job) return disconnect();
    jobs_[{sent.job, sent.version}] = std::make_shared<const model::Job>(std::move(*job));
  }
  for (const rpc::Assignment& assignment : assignments.changed) {
    if (!on_assignment(assignment)) return disconnect();
  }
  for (const AllocId& id : assignments.removed) forget(id);
  if (!assignments.complete) return;
  const std::set<AllocId> known(assignments.known.begin(), assignments.known.end());
  std::vector<AllocId> gone;
  std::ranges::set_difference(tombstones_, known, std::back_inserter(gone));
  for (const auto& [id, alloc] : allocs_) {
    if (!known.contains(id)) gone.push_back(id);
  }
  for (const AllocId& id : gone) forget(id);
  const bool missing =
      std::ranges::any_of(known, [&](const AllocId& id) { return !allocs_.contains(id) && !tombstones_.contains(id); });
  if (missing) {
    trace_.note("{} was never sent something", name());
    disconnect();
  }
}

// The server has forgotten it.
void SimNode::forget(const AllocId& id) {
  tombstones_.erase(id);
  const auto found = allocs_.find(id);
  if (found == allocs_.end()) return;
  updates_.forget(id);
  found->second->stop(clock_.mono());
  watch(id);
  if (found->second->dead()) allocs_.erase(found);
}

// False if it cannot be understood.
bool SimNode::on_assignment(const rpc::Assignment& assignment) {
  const model::Allocation& alloc = assignment.alloc;
  const auto job = jobs_.find({assignment.job, assignment.job_version});
  if (job == jobs_.end() || !job->second->find_group(alloc.task_group)) return false;
  const MonoTime now = clock_.mono();
  const bool stopped = alloc.server_terminal() && !faults_.ignores_stops;
  if (const auto known = allocs_.find(alloc.id); known != allocs_.end()) {
    if (alloc.alloc_modify_index < known->second->alloc().alloc_modify_index) return true;
    known->second->update(alloc, job->second, now);
    if (stopped) known->second->stop(now);
    report(*known->second);
    watch(alloc.id);
    return true;
  }
  if (tombstones_.contains(alloc.id)) return true;
  if (alloc.client_terminal()) {
    tombstones_.insert(alloc.id);
    return true;
  }
  auto& made = allocs_[alloc.id] = std::make_unique<SimAlloc>(alloc, job->second, now);
  if (alloc.server_terminal()) {
    made->stop(now);
  } else if (alloc.client_status == ClientStatus::Running) {
    made->lose(clock_.now());
  }
  report(*made);
  watch(alloc.id);
  return true;
}

// ---- What the tasks do

void SimNode::watch(const AllocId& id) {
  const auto found = allocs_.find(id);
  const auto due = found == allocs_.end() ? std::nullopt : found->second->due();
  if (due) later(std::max<Duration>(*due - clock_.mono(), Duration(0)), [this, id] { look(id); });
}

void SimNode::look(const AllocId& id) {
  const auto found = allocs_.find(id);
  if (found == allocs_.end()) return;
  SimAlloc& alloc = *found->second;
  const auto due = alloc.due();
  if (!due || *due > clock_.mono()) return;
  const auto before = alloc.status();
  if (alloc.look(random_, calm_, clock_.mono(), clock_.now())) {
    if (alloc.status() != before) {
      trace_.note("{}: {} is {}", name(), id.short_str(), alloc.dead() ? "dead" : "alive");
    }
    report(alloc);
  }
  watch(id);
}

void SimNode::report(SimAlloc& alloc) {
  model::Allocation news = alloc.report();
  if (faults_.hides_ends && alloc.dead()) news.client_status = ClientStatus::Running;
  updates_.put(std::move(news));
  flush_soon();
}

void SimNode::flush_soon() {
  if (!connection_ || std::exchange(flushing_, true)) return;
  later(kBatchInterval, [this] {
    flushing_ = false;
    flush();
  });
}

void SimNode::flush() {
  while (connection_) {
    auto reports = updates_.take_allocs(kMaxReports);
    if (!reports) break;
    auto& ends = sent_ends_[reports->sequence];
    for (const model::Allocation& alloc : reports->allocs) {
      if (alloc.client_terminal()) ends.push_back(alloc.id);
    }
    send(rpc::AnyMessage(std::move(*reports)));
  }
}

}  // namespace drover::sim
