#include "cli/interrupt.h"

#include <csignal>
#include <thread>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace drover::cli {

namespace {

constexpr int kInterrupted = 128 + SIGINT;

}  // namespace

// A thread waits for the signal on a descriptor, so that the text can be printed outside a signal handler while the
// main thread is blocked in a request.
struct InterruptNote::Watcher {
  std::string text;
  sigset_t signals{};
  sigset_t former{};
  int signal_fd = -1;
  int stop_fd = -1;
  std::thread thread;

  explicit Watcher(std::string parting) : text("\n" + std::move(parting) + "\n") {
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, &former);
    signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    stop_fd = eventfd(0, EFD_CLOEXEC);
    thread = std::thread([this] { wait(); });
  }

  ~Watcher() {
    eventfd_write(stop_fd, 1);
    thread.join();
    close(signal_fd);
    close(stop_fd);
    pthread_sigmask(SIG_SETMASK, &former, nullptr);
  }

  void wait() const {
    pollfd fds[] = {{.fd = signal_fd, .events = POLLIN, .revents = 0}, {.fd = stop_fd, .events = POLLIN, .revents = 0}};
    while (poll(fds, 2, -1) < 0) {
    }
    if ((fds[0].revents & POLLIN) == 0) return;
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
    _exit(kInterrupted);
  }
};

InterruptNote::InterruptNote(const Session& session, std::string text) {
  if (session.env.owns_process) watcher_ = std::make_unique<Watcher>(std::move(text));
}

InterruptNote::~InterruptNote() = default;

}  // namespace drover::cli
