#include "bench/file_server.h"

#include "bench/process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <thread>

#include <fmt/core.h>

#include "sys/os_error.h"

namespace drover::bench {
namespace {

constexpr uint64_t kStep = 4096;  // between the windows of two files
constexpr size_t kMaxRequest = 64 << 10;

bool send_text(int client, std::string_view text, int flags) {
  while (!text.empty()) {
    const ssize_t sent = ::send(client, text.data(), text.size(), MSG_NOSIGNAL | flags);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool send_window(int client, const ServedFiles& files, size_t file) {
  off_t at = static_cast<off_t>(files.offset(file));
  for (uint64_t left = files.bytes(); left > 0;) {
    const ssize_t sent = ::sendfile(client, files.descriptor(), &at, left);
    if (sent <= 0) return false;
    left -= static_cast<uint64_t>(sent);
  }
  return true;
}

bool answer(int client, const ServedFiles& files, const std::map<std::string, Served>& paths,
            std::string_view request) {
  const size_t begin = request.find(' ') + 1;
  const auto found = paths.find(std::string(request.substr(begin, request.find_first_of("? ", begin) - begin)));
  if (found == paths.end()) return send_text(client, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0);
  const Served& served = found->second;
  const bool is_file = served.file != SIZE_MAX;
  const auto head = fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
                                is_file ? files.bytes() : static_cast<uint64_t>(served.text.size()));
  if (!send_text(client, head, MSG_MORE)) return false;
  return is_file ? send_window(client, files, served.file) : send_text(client, served.text, 0);
}

void serve(int client, const ServedFiles& files, const std::map<std::string, Served>& paths) {
  std::string pending;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t size = ::recv(client, piece.data(), piece.size(), 0);
    if (size <= 0 || pending.size() > kMaxRequest) break;
    pending.append(piece.data(), static_cast<size_t>(size));
    const size_t end = pending.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    if (!answer(client, files, paths, std::string_view(pending).substr(0, end))) break;
    pending.erase(0, end + 4);
  }
  ::close(client);
}

[[noreturn]] void serve_all(int listener, const ServedFiles& files, const std::map<std::string, Served>& paths,
                            uint64_t rate) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) std::_Exit(1);
    const int on = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (rate > 0) ::setsockopt(client, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, sizeof rate);
    std::thread([client, &files, &paths] { serve(client, files, paths); }).detach();
  }
}

}  // namespace

Result<std::unique_ptr<ServedFiles>> ServedFiles::create(size_t count, uint64_t bytes) {
  std::unique_ptr<ServedFiles> files(new ServedFiles(count, bytes));
  const uint64_t size = bytes + count * kStep;
  files->descriptor_ = ::memfd_create("files", MFD_CLOEXEC);
  if (files->descriptor_ < 0 || ::ftruncate(files->descriptor_, static_cast<off_t>(size)) != 0) {
    return sys::os_err(errno, "make files to serve");
  }
  void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, files->descriptor_, 0);
  if (mapped == MAP_FAILED) return sys::os_err(errno, "make files to serve");
  auto* data = static_cast<char*>(mapped);
  files->mapped_ = data;
  for (uint64_t at = 0; at < size;) {
    const ssize_t got = ::getrandom(data + at, std::min<uint64_t>(size - at, 1 << 20), 0);
    if (got > 0) at += static_cast<uint64_t>(got);
  }
  return files;
}

ServedFiles::~ServedFiles() {
  if (mapped_ != nullptr) ::munmap(const_cast<char*>(mapped_), bytes_ + count_ * kStep);
  if (descriptor_ >= 0) ::close(descriptor_);
}

uint64_t ServedFiles::offset(size_t file) const {
  return file * kStep;
}

std::string_view ServedFiles::content(size_t file) const {
  return {mapped_ + offset(file), bytes_};
}

Result<std::unique_ptr<FileServer>> FileServer::start(const ServedFiles& files,
                                                      const std::map<std::string, Served>& paths,
                                                      uint64_t connection_rate) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || ::bind(listener, generic, length) != 0 || ::listen(listener, SOMAXCONN) != 0 ||
      ::getsockname(listener, generic, &length) != 0) {
    return sys::os_err(errno, "listen");
  }
  const pid_t pid = ::fork();
  if (pid == 0) serve_all(listener, files, paths, connection_rate);
  ::close(listener);
  if (pid < 0) return sys::os_err(errno, "start a server");
  return std::unique_ptr<FileServer>(new FileServer(pid, ntohs(address.sin_port)));
}

FileServer::~FileServer() {
  kill_and_wait(pid_);
}

std::string FileServer::url() const {
  return fmt::format("http://127.0.0.1:{}", port_);
}

}  // namespace drover::bench
