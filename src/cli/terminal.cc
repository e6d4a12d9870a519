#include "cli/terminal.h"

#include "base/mutex.h"

#include <csignal>
#include <deque>
#include <istream>
#include <iterator>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace drover::cli {
namespace {

constexpr size_t kReadSize = 8 << 10;

// The terminal of standard input without echo, line editing and signals.
class RawTerminal {
 public:
  RawTerminal() {
    if (tcgetattr(STDIN_FILENO, &former_) != 0) return;
    termios raw = former_;
    cfmakeraw(&raw);
    active_ = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
  }
  ~RawTerminal() {
    if (active_) tcsetattr(STDIN_FILENO, TCSADRAIN, &former_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios former_{};
  bool active_ = false;
};

}  // namespace

struct TerminalInput::State {
  const Session& session;
  net::Event came;
  int wake_fd = -1;    // the thread has to look: an event was taken, or it is to end
  int resize_fd = -1;  // SIGWINCH
  sigset_t signals{};
  sigset_t former{};
  std::optional<RawTerminal> raw;
  std::thread thread;

  Mutex mutex;
  std::deque<TerminalEvent> events BASE_GUARDED_BY(mutex);
  bool stopping BASE_GUARDED_BY(mutex) = false;
  bool ended = false;  // standard input; the thread's

  explicit State(const Session& s) : session(s) {
    if (!session.env.owns_process) return;
    sigemptyset(&signals);
    sigaddset(&signals, SIGWINCH);
    pthread_sigmask(SIG_BLOCK, &signals, &former);
  }
  ~State() {
    stop_thread();
    if (session.env.owns_process) pthread_sigmask(SIG_SETMASK, &former, nullptr);
  }

  void push(TerminalEvent event) {
    {
      MutexLock lock(mutex);
      events.push_back(std::move(event));
    }
    came.set();
  }

  std::optional<TerminalEvent> take() {
    std::optional<TerminalEvent> event;
    {
      MutexLock lock(mutex);
      if (events.empty()) return std::nullopt;
      event = std::move(events.front());
      events.pop_front();
    }
    if (wake_fd >= 0) eventfd_write(wake_fd, 1);
    return event;
  }

  bool has_room() {
    MutexLock lock(mutex);
    return events.empty();
  }
  bool is_stopping() {
    MutexLock lock(mutex);
    return stopping;
  }

  void start_thread() {
    resize_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    thread = std::thread([this] { run(); });
  }

  void stop_thread() {
    if (!thread.joinable()) return;
    {
      MutexLock lock(mutex);
      stopping = true;
    }
    eventfd_write(wake_fd, 1);
    thread.join();
    close(wake_fd);
    close(resize_fd);
  }

  void run() {
    while (!is_stopping()) {
      const bool reads = !ended && has_room();
      pollfd fds[] = {{.fd = wake_fd, .events = POLLIN, .revents = 0},
                      {.fd = resize_fd, .events = POLLIN, .revents = 0},
                      {.fd = reads ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}};
      if (poll(fds, 3, -1) < 0) continue;
      eventfd_t ignored = 0;
      if (fds[0].revents != 0) eventfd_read(wake_fd, &ignored);
      signalfd_siginfo info{};
      if (fds[1].revents != 0 && read(resize_fd, &info, sizeof info) > 0) push({.kind = TerminalEvent::Kind::Resized});
      if (fds[2].revents != 0) read_input();
    }
  }

  void read_input() {
    std::string bytes(kReadSize, '\0');
    const ssize_t size = read(STDIN_FILENO, bytes.data(), bytes.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (size <= 0) {
      ended = true;
      push({.kind = TerminalEvent::Kind::End});
      return;
    }
    bytes.resize(static_cast<size_t>(size));
    push({.kind = TerminalEvent::Kind::Bytes, .bytes = std::move(bytes)});
  }
};

TerminalInput::TerminalInput(const Session& session) : state_(std::make_unique<State>(session)) {}

TerminalInput::~TerminalInput() = default;

void TerminalInput::start(Mode mode) {
  if (state_->session.env.owns_process) {
    if (mode == Mode::Raw && isatty(STDIN_FILENO) == 1) state_->raw.emplace();
    state_->start_thread();
    return;
  }
  auto& in = *state_->session.env.in;
  std::string all{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!all.empty()) state_->push({.kind = TerminalEvent::Kind::Bytes, .bytes = std::move(all)});
  state_->push({.kind = TerminalEvent::Kind::End});
}

net::Task<std::optional<TerminalEvent>> TerminalInput::next(Duration patience) {
  while (true) {
    if (auto event = state_->take()) co_return event;
    const bool came = co_await state_->came.wait(patience);
    if (!came) co_return std::nullopt;
  }
}

WindowSize TerminalInput::size() const {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {};
  return {.rows = size.ws_row, .columns = size.ws_col};
}

bool is_interactive(const Session& session) {
  return session.env.owns_process && session.env.out_is_terminal && isatty(STDIN_FILENO) == 1;
}

}  // namespace drover::cli
