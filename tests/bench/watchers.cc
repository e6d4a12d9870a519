#include "bench/watchers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "base/strings.h"
#include "net/http_client.h"

namespace drover::bench {
namespace {

constexpr int kPatienceMillis = 60'000;
// For the server to park what it has read; nothing tells from outside when it has.
constexpr auto kTimeToPark = std::chrono::milliseconds(1500);

void raise_file_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<int> connect_to(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return err(ErrorCode::ResourceExhausted, "cannot make a socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return err(ErrorCode::Unavailable, "cannot connect to port {}", port);
}

}  // namespace

Result<Watchers> Watchers::start(const std::string& url, const std::string& target, size_t count) {
  raise_file_limit();
  TRY_LET(net::BlockingHttpClient http, net::BlockingHttpClient::create(url));
  TRY_LET(const net::HttpResponse now, http.request({.target = target}));
  const auto port = parse_uint(url.substr(url.rfind(':') + 1));
  if (!port) return err(ErrorCode::InvalidArgument, "no port in {}", url);
  const std::string request =
      fmt::format("GET {}?index={}&wait=60s HTTP/1.1\r\nHost: bench\r\n\r\n", target, now.headers.get("X-Nomad-Index"));
  Watchers out;
  for (size_t i = 0; i < count; ++i) {
    TRY_LET(const int fd, connect_to(static_cast<uint16_t>(*port)));
    out.sockets_.push_back(fd);
    if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      return err(ErrorCode::Unavailable, "cannot send a query");
    }
  }
  std::this_thread::sleep_for(kTimeToPark);
  return out;
}

Watchers::Watchers(Watchers&& other) noexcept : sockets_(std::exchange(other.sockets_, {})) {}

Watchers::~Watchers() {
  for (const int fd : sockets_) ::close(fd);
}

Status Watchers::wait_all() {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  for (const int fd : sockets_) {
    epoll_event event{.events = EPOLLIN | EPOLLONESHOT, .data = {.fd = fd}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
  }
  std::vector<epoll_event> events(1024);
  size_t answered = 0;
  std::string buffer(64 * 1024, '\0');
  Status status = Ok{};
  while (status && answered < sockets_.size()) {
    const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), kPatienceMillis);
    if (ready <= 0) status = err(ErrorCode::DeadlineExceeded, "{} of {} were answered", answered, sockets_.size());
    for (int i = 0; i < ready; ++i) {
      const ssize_t bytes = ::recv(events[static_cast<size_t>(i)].data.fd, buffer.data(), buffer.size(), 0);
      if (bytes < 12 || buffer.compare(9, 3, "200") != 0) {
        status = err(ErrorCode::Internal, "a query was answered: {}", buffer.substr(0, 200));
        break;
      }
      ++answered;
    }
  }
  ::close(poll);
  return status;
}

}  // namespace drover::bench
