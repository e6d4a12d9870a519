#include "drivers/docker/upload.h"

#include "net/http.h"
#include "net/http_parser.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace drover::drivers {
namespace {

constexpr size_t kPieceBytes = 256 << 10;
constexpr size_t kMaxAnswer = 1 << 20;

tl::unexpected<Error> io_error(const char* doing, int error) {
  const bool late = error == EAGAIN || error == EWOULDBLOCK;
  return err(late ? ErrorCode::DeadlineExceeded : ErrorCode::Unavailable, "{}: {}", doing,
             late ? "timed out" : std::strerror(error));
}

Result<sys::Fd> connect_unix(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path) return err(ErrorCode::InvalidArgument, "socket path is too long");
  std::ranges::copy(path, address.sun_path);
  sys::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return io_error("socket", errno);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  return io_error("connect", errno);
}

Result<sys::Fd> connect_tcp(const std::string& host, uint16_t port) {
  const addrinfo hints{.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (status != 0) return err(ErrorCode::Unavailable, "resolve {}: {}", host, ::gai_strerror(status));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, ::freeaddrinfo);
  int error = ECONNREFUSED;
  for (const addrinfo* at = found; at; at = at->ai_next) {
    sys::Fd socket(::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, 0));
    if (socket.valid() && ::connect(socket.get(), at->ai_addr, at->ai_addrlen) == 0) return socket;
    error = errno;
  }
  return io_error("connect", error);
}

Result<sys::Fd> connect(const net::HttpUrl& url, Duration idle) {
  TRY_LET(auto socket, url.scheme == "unix" ? connect_unix(url.path) : connect_tcp(url.host, url.port));
  const timeval limit{.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(idle).count(), .tv_usec = 0};
  for (const int option : {SO_SNDTIMEO, SO_RCVTIMEO}) {
    ::setsockopt(socket.get(), SOL_SOCKET, option, &limit, sizeof limit);
  }
  return socket;
}

Status send_all(const sys::Fd& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return io_error("write", errno);
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return Ok{};
}

// Exactly `size` bytes.
Status send_file(const sys::Fd& socket, const sys::Fd& file, uint64_t size) {
  std::string piece(kPieceBytes, '\0');
  for (uint64_t at = 0; at < size;) {
    const size_t wanted = std::min<uint64_t>(piece.size(), size - at);
    const ssize_t got = ::pread(file.get(), piece.data(), wanted, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("read the file", errno);
    if (got == 0) return err(ErrorCode::InvalidArgument, "the file became shorter while it was read");
    TRY(send_all(socket, std::string_view(piece).substr(0, static_cast<size_t>(got))));
    at += static_cast<uint64_t>(got);
  }
  return Ok{};
}

Result<UploadAnswer> read_answer(const sys::Fd& socket) {
  net::HttpParser parser({.kind = net::HttpParser::Kind::Response, .max_body_bytes = kMaxAnswer});
  std::string input;
  while (parser.state() != net::HttpParser::State::Done) {
    for (size_t taken = 1; taken > 0 && !input.empty();) {
      taken = parser.feed(input);
      input.erase(0, taken);
    }
    if (parser.state() == net::HttpParser::State::Failed) {
      return err(ErrorCode::Unavailable, "malformed answer: {}", parser.error().message);
    }
    if (parser.state() == net::HttpParser::State::Done) break;
    char bytes[4096];
    const ssize_t got = ::recv(socket.get(), bytes, sizeof bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("read", errno);
    if (got == 0) {
      parser.feed_eof();
      if (parser.state() != net::HttpParser::State::Done) return err(ErrorCode::Unavailable, "the answer breaks off");
    }
    input.append(bytes, static_cast<size_t>(got));
  }
  return UploadAnswer{.status = parser.head().status, .body = std::move(parser.body())};
}

}  // namespace

Result<UploadAnswer> upload_file(const std::string& endpoint, const std::string& target, const sys::Fd& file,
                                 Duration idle) {
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return io_error("stat", errno);
  TRY_LET(const auto url, net::parse_http_url(endpoint));
  TRY_LET(const auto socket, connect(url, idle));
  const auto size = static_cast<uint64_t>(info.st_size);
  const std::string path = url.scheme == "unix" ? target : url.path + target;
  TRY(send_all(socket, fmt::format("POST {} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n"
                                   "Content-Type: application/x-tar\r\nContent-Length: {}\r\n\r\n",
                                   path, size)));
  const auto sent = send_file(socket, file, size);
  // A daemon that refuses answers before it has read everything.
  auto answer = read_answer(socket);
  if (!answer && !sent) return err(sent.error());
  return answer;
}

}  // namespace drover::drivers
