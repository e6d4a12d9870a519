#include "server/state_writer.h"

#include "base/check.h"
#include "base/log.h"

#include <utility>

#include <pthread.h>

namespace drover::server {

namespace {

std::vector<store::RowChange> to_stored(std::vector<state::RowChange> changes) {
  std::vector<store::RowChange> stored;
  stored.reserve(changes.size());
  for (state::RowChange& change : changes) {
    stored.push_back({.table = static_cast<store::TableId>(change.table),
                      .key = std::move(change.key),
                      .value = std::move(change.value)});
  }
  return stored;
}

// Room for the row that remembers the indexes of the tables.
constexpr size_t kReservedChanges = 1;
constexpr size_t kReservedBytes = 256;

bool exceeds(const state::Draft& draft, const store::BatchLimits& limits) {
  return draft.change_count() + kReservedChanges > limits.changes ||
         draft.change_bytes() + kReservedBytes > limits.bytes;
}

bool half_full(const state::Draft& draft, const store::BatchLimits& limits) {
  return draft.change_count() > limits.changes / 2 || draft.change_bytes() > limits.bytes / 2;
}

}  // namespace

// Commands applied to one draft, and the answers they get once it is durable.
struct StateWriter::Batch {
  explicit Batch(const state::Snapshot& base) : draft(std::make_unique<state::Draft>(base)) {}

  std::unique_ptr<state::Draft> draft;
  std::vector<std::pair<Job*, state::Reply>> applied;
};

StateWriter::StateWriter(store::Engine& engine, state::Snapshot initial, WatchIndex& watch, const Clock& clock,
                         StateWriterOptions options)
    : engine_(engine),
      watch_(watch),
      clock_(clock),
      options_(options),
      limits_(engine.limits()),
      published_(std::make_shared<const state::Snapshot>(std::move(initial))),
      applied_(published_.get()) {
  watch_.publish(*published_.get());
}

StateWriter::~StateWriter() {
  CHECK(!thread_.joinable(), "a state writer is destroyed while it runs");
}

void StateWriter::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "state-writer");
    run();
  });
}

void StateWriter::stop() {
  stopping_ = true;
  queue_.close();
  if (thread_.joinable()) {
    thread_.join();
  } else {
    run();  // Never started, or stopped before: nothing but refusals is left.
  }
}

void StateWriter::submit(state::Command command, Done done) {
  if (queued_.fetch_add(1) >= options_.max_queued) {
    --queued_;
    done(err(ErrorCode::Unavailable, "the server has {} writes waiting: try again later", options_.max_queued));
    return;
  }
  // The queue drops what comes after stop(), so it must not hold the only way to answer.
  auto shared = std::make_shared<Done>(std::move(done));
  const auto answer = [shared](Result<state::Reply> reply) { (*shared)(std::move(reply)); };
  if (!queue_.push({.command = std::move(command), .done = answer})) {
    --queued_;
    answer(err(ErrorCode::Cancelled, "the server is shutting down"));
  }
}

Result<state::Reply> StateWriter::submit_and_wait(state::Command command) {
  // Shared: the writer may still be inside push() when the answer is taken.
  const auto answer = std::make_shared<BlockingQueue<Result<state::Reply>>>();
  submit(std::move(command), [answer](Result<state::Reply> reply) { answer->push(std::move(reply)); });
  return *answer->pop();
}

void StateWriter::run() {
  while (true) {
    std::vector<Job> jobs = queue_.pop_all(options_.max_batch);
    if (jobs.empty()) return;
    process(std::move(jobs));
  }
}

bool StateWriter::step() {
  if (queue_.size() == 0) return false;
  process(queue_.pop_all(options_.max_batch));
  return true;
}

void StateWriter::process(std::vector<Job> jobs) {
  queued_ -= jobs.size();
  size_t next = 0;
  while (next < jobs.size() && !stopping_) next = apply_batch(jobs, next);
  for (; next < jobs.size(); ++next) jobs[next].done(err(ErrorCode::Cancelled, "the server is shutting down"));
}

// Applies and writes as many commands, from `first` on, as one durable write takes; returns the next one.
size_t StateWriter::apply_batch(std::vector<Job>& jobs, size_t first) {
  const auto base = published_.get();
  Batch batch(*base);
  size_t next = first;
  while (next < jobs.size() && !half_full(*batch.draft, limits_)) {
    Job& job = jobs[next];
    Result<state::Reply> reply = state::apply(*batch.draft, job.command);
    if (exceeds(*batch.draft, limits_)) {
      // Undone by building the draft again without it.
      const size_t changes = batch.draft->change_count();
      batch.draft = std::make_unique<state::Draft>(*base);
      for (auto& [earlier, answer] : batch.applied) {
        CHECK(state::apply(*batch.draft, earlier->command), "a command cannot be applied again");
      }
      if (!batch.applied.empty()) break;
      ++failed_commands_;
      job.done(
          err(ErrorCode::InvalidArgument, "the command changes {} rows at once, more than the store takes", changes));
      return next + 1;
    }
    ++next;
    ++commands_;
    if (reply) {
      batch.applied.emplace_back(&job, std::move(*reply));
    } else {
      ++failed_commands_;
      job.done(err(std::move(reply).error()));
    }
  }
  write_batch(batch);
  return next;
}

void StateWriter::write_batch(Batch& batch) {
  if (batch.draft->change_count() > 0) {
    if (options_.on_write) {
      for (const auto& [job, reply] : batch.applied) options_.on_write(job->command);
    }
    const std::vector<store::RowChange> changes = to_stored(batch.draft->take_changes());
    const auto next = std::make_shared<const state::Snapshot>(batch.draft->freeze());
    applied_.set(next);
    const MonoTime before = clock_.mono();
    const Status written = engine_.write(next->index(), changes);
    write_nanos_ += static_cast<uint64_t>((clock_.mono() - before).count());
    if (!written) {
      if (written.error().code() != ErrorCode::ResourceExhausted) {
        log::error("the state cannot be written", {{"error", written.error().message()}});
        CHECK(false, "a durable write failed, so what is stored is not known");
      }
      ++refused_writes_;
      applied_.set(published_.get());
      const Error refusal = written.error().context("nothing was changed");
      for (auto& [job, reply] : batch.applied) job->done(err(refusal));
      return;
    }
    ++batches_;
    row_changes_ += changes.size();
    published_.set(next);
  }
  for (auto& [job, reply] : batch.applied) job->done(std::move(reply));
  watch_.publish(*published_.get());
}

StateWriterCounters StateWriter::counters() const {
  return {.batches = batches_,
          .commands = commands_,
          .failed_commands = failed_commands_,
          .refused_writes = refused_writes_,
          .row_changes = row_changes_,
          .write_nanos = write_nanos_,
          .queued = queued_};
}

}  // namespace drover::server
