#pragma once

#include "api/api.h"
#include "api/event_broker.h"
#include "base/mutex.h"
#include "expose/directory.h"

#include <memory>

namespace drover::api {

// What handlers may use beside the request and the state. Thread-safe.
class Context {
 public:
  Context(ApiOptions options, server::Frontend* frontend, LocalAgent& local, const Clock& clock, Random& random)
      : options_(std::move(options)),
        frontend_(frontend),
        local_(local),
        clock_(clock),
        events_(options_.event_buffer),
        random_(random) {}

  const ApiOptions& options() const { return options_; }
  // Null on an agent without a server.
  server::Frontend* frontend() const { return frontend_; }
  LocalAgent& local() const { return local_; }
  WallTime now() const { return clock_.now(); }
  MonoTime mono() const { return clock_.mono(); }

  EventBroker& events() { return events_; }
  expose::Directory& exposed() { return exposed_; }

  model::EvalId new_eval_id();
  // Uniform in [0, limit]; zero for a limit below one.
  Duration random_below(Duration limit);

 private:
  const ApiOptions options_;
  server::Frontend* const frontend_;
  LocalAgent& local_;
  const Clock& clock_;
  EventBroker events_;
  expose::Directory exposed_;
  Mutex mutex_;
  Random& random_ BASE_GUARDED_BY(mutex_);
};

}  // namespace drover::api
