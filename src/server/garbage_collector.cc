#include "server/garbage_collector.h"

#include "base/log.h"
#include "base/memory.h"

#include <memory>

#include <pthread.h>

namespace drover::server {

GarbageCollector::GarbageCollector(net::Loop& loop, StateWriter& writer, const Clock& clock, GcOptions options)
    : loop_(loop), writer_(writer), clock_(clock), options_(options) {}

GarbageCollector::~GarbageCollector() {
  stop();
}

void GarbageCollector::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "collector");
    run();
  });
  arm();
}

void GarbageCollector::stop() {
  timer_.cancel();
  requests_.close();
  if (thread_.joinable()) thread_.join();
}

void GarbageCollector::force(Done done) {
  const auto shared = std::make_shared<Done>(std::move(done));
  const auto answer = [shared](Status status) { (*shared)(std::move(status)); };
  if (!requests_.push({.thresholds = kForcedGc, .done = answer})) {
    answer(err(ErrorCode::Cancelled, "the server is shutting down"));
  }
}

void GarbageCollector::run() {
  while (auto request = requests_.pop()) {
    request->done(collect(request->thresholds));
    release_free_memory();
  }
}

Status GarbageCollector::collect(const GcThresholds& thresholds) {
  const state::Collect found = collectable(*writer_.snapshot(), clock_.now(), thresholds);
  for (state::Collect& batch : in_batches(found, options_.batch)) {
    auto reply = writer_.submit_and_wait(state::make_command(std::move(batch)));
    if (!reply) return err(reply.error());
  }
  const size_t rows = found.allocs.size() + found.evals.size() + found.jobs.size();
  if (rows > 0) log::info("garbage collected", {{"rows", rows}, {"jobs", found.jobs.size()}});
  return Ok{};
}

void GarbageCollector::arm() {
  timer_ = loop_.after(options_.interval, "garbage collection", [this] {
    const auto log_refusal = [](Status status) {
      if (!status) log::warn("garbage not collected", {{"reason", status.error().message()}});
    };
    requests_.push({.thresholds = options_.thresholds, .done = log_refusal});
    arm();
  });
}

}  // namespace drover::server
