#pragma once

#include "base/mutex.h"
#include "base/result.h"
#include "net/task.h"
#include "sys/fd.h"

#include <cstdint>
#include <map>
#include <memory>
#include <thread>

namespace drover::drivers {

enum class Interest : uint8_t { Read, Write };

// Tells tasks of loops that descriptors are ready, above all pidfds: that processes have ended. One thread for any
// number of them. Thread-safe; outlives its watches.
class ExitWatcher {
 public:
  static Result<std::unique_ptr<ExitWatcher>> create();
  ~ExitWatcher();
  ExitWatcher(const ExitWatcher&) = delete;
  ExitWatcher& operator=(const ExitWatcher&) = delete;

  // Ends with this object.
  class Watch {
   public:
    Watch(ExitWatcher& watcher, uint64_t id, sys::Fd fd, net::Event event);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    // Set, once, when the process has ended or the descriptor is ready.
    const net::Event& ended() const { return event_; }

   private:
    ExitWatcher& watcher_;
    uint64_t id_;
    sys::Fd fd_;
    net::Event event_;
  };

  // Any number of watches of one descriptor; several watches may set one event.
  Result<std::unique_ptr<Watch>> watch(const sys::Fd& fd, Interest interest = Interest::Read, net::Event event = {});

 private:
  ExitWatcher(sys::Fd epoll, sys::Pipe wake);
  void run();

  const sys::Fd epoll_;
  sys::Pipe wake_;  // Closing its write end ends the thread.
  Mutex mutex_;
  uint64_t last_id_ BASE_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, net::Event> events_ BASE_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace drover::drivers
