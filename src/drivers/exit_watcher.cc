#include "drivers/exit_watcher.h"

#include "sys/os_error.h"

#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include <sys/epoll.h>

namespace drover::drivers {
namespace {

constexpr uint64_t kWakeId = 0;

Status add(const sys::Fd& epoll, int fd, uint64_t id, uint32_t events) {
  epoll_event event = {.events = events, .data = {.u64 = id}};
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return sys::os_err(errno, "watching a process");
  }
  return Ok{};
}

}  // namespace

Result<std::unique_ptr<ExitWatcher>> ExitWatcher::create() {
  sys::Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return sys::os_err(errno, "epoll_create1");
  TRY_LET(auto wake, sys::make_pipe());
  TRY(add(epoll, wake.read.get(), kWakeId, EPOLLIN));
  return std::unique_ptr<ExitWatcher>(new ExitWatcher(std::move(epoll), std::move(wake)));
}

ExitWatcher::ExitWatcher(sys::Fd epoll, sys::Pipe wake)
    : epoll_(std::move(epoll)), wake_(std::move(wake)), thread_([this] { run(); }) {}

ExitWatcher::~ExitWatcher() {
  wake_.write.reset();
  thread_.join();
}

Result<std::unique_ptr<ExitWatcher::Watch>> ExitWatcher::watch(const sys::Fd& watched, Interest interest,
                                                               net::Event event) {
  TRY_LET(auto own, sys::duplicate(watched));
  const int fd = own.get();
  uint64_t id = 0;
  {
    MutexLock lock(mutex_);
    id = ++last_id_;
    events_.emplace(id, event);
  }
  auto watch = std::make_unique<Watch>(*this, id, std::move(own), event);
  TRY(add(epoll_, fd, id, (interest == Interest::Read ? EPOLLIN : EPOLLOUT) | EPOLLONESHOT));
  return watch;
}

void ExitWatcher::run() {
  std::array<epoll_event, 64> ready;
  for (;;) {
    const int count = ::epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), -1);
    for (const auto& event : std::span(ready).first(static_cast<size_t>(std::max(count, 0)))) {
      const uint64_t id = event.data.u64;  // The struct is packed: no references into it.
      if (id == kWakeId) return;
      MutexLock lock(mutex_);
      const auto found = events_.find(id);
      if (found != events_.end()) found->second.set();
    }
  }
}

ExitWatcher::Watch::Watch(ExitWatcher& watcher, uint64_t id, sys::Fd fd, net::Event event)
    : watcher_(watcher), id_(id), fd_(std::move(fd)), event_(std::move(event)) {}

ExitWatcher::Watch::~Watch() {
  ::epoll_ctl(watcher_.epoll_.get(), EPOLL_CTL_DEL, fd_.get(), nullptr);
  MutexLock lock(watcher_.mutex_);
  watcher_.events_.erase(id_);
}

}  // namespace drover::drivers
