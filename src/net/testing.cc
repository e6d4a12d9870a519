#include "net/testing.h"

#include "base/strings.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace drover::net {
namespace {

constexpr int kWaitMs = 10'000;

}  // namespace

RawClient::RawClient(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) close();
}

RawClient::RawClient(const std::string& unix_path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) close();
}

RawClient::~RawClient() {
  close();
}

void RawClient::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void RawClient::close_with_reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

void RawClient::shutdown_write() {
  shutdown(fd_, SHUT_WR);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawClient::fill() {
  pollfd poller{.fd = fd_, .events = POLLIN, .revents = 0};
  if (poll(&poller, 1, kWaitMs) <= 0) return false;
  char chunk[16 << 10];
  const ssize_t got = recv(fd_, chunk, sizeof chunk, 0);
  if (got <= 0) return false;
  buffer_.append(chunk, static_cast<size_t>(got));
  return true;
}

std::string RawClient::read_to_end() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

std::string RawClient::read_some() {
  if (buffer_.empty()) fill();
  return std::exchange(buffer_, {});
}

std::string RawClient::read_response(std::string_view method) {
  while (buffer_.find("\r\n\r\n") == std::string::npos) {
    if (!fill()) return {};
  }
  size_t end = buffer_.find("\r\n\r\n") + 4;
  const std::string head = to_lower(buffer_.substr(0, end));
  const size_t length = head.find("content-length: ");
  if (head.find("transfer-encoding: chunked") != std::string::npos && method != "HEAD") {
    while (buffer_.find("0\r\n\r\n", end) == std::string::npos) {
      if (!fill()) return std::exchange(buffer_, {});
    }
    end = buffer_.find("0\r\n\r\n", end) + 5;
  } else if (length != std::string::npos && method != "HEAD") {
    end += std::stoul(head.substr(length + 16));
    while (buffer_.size() < end) {
      if (!fill()) return std::exchange(buffer_, {});
    }
  }
  std::string response = buffer_.substr(0, end);
  buffer_.erase(0, end);
  return response;
}

}  // namespace drover::net
