#pragma once

#include "base/result.h"
#include "sys/fd.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <atomic>
#include <functional>
#include <string>
#include <thread>

// For tests.
namespace drover::assets {

// One connection after another; each gets one answer and is closed.
class ScriptedServer {
 public:
  // The whole reply to a request's head; what follows kEndless is repeated until the client goes.
  using Answer = std::function<std::string(const std::string& head)>;
  static constexpr const char* kEndless = "<endless>";

  explicit ScriptedServer(Answer answer) : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_.get(), 16);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    url_ = fmt::format("http://127.0.0.1:{}", ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  const std::string& url() const { return url_; }
  int requests() const { return requests_; }

 private:
  void serve() {
    for (;;) {
      const sys::Fd client(::accept(listener_.get(), nullptr, nullptr));
      if (!client.valid()) return;
      std::string head;
      char byte = 0;
      while (!head.ends_with("\r\n\r\n") && ::recv(client.get(), &byte, 1, 0) == 1) head += byte;
      requests_++;
      std::string reply = answer_(head);
      const size_t endless = reply.find(kEndless);
      send(client, reply.substr(0, endless));
      while (endless != std::string::npos && send(client, std::string(1 << 16, 'x'))) continue;
    }
  }

  static bool send(const sys::Fd& to, const std::string& bytes) {
    return ::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  Answer answer_;
  sys::Fd listener_;
  std::string url_;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

inline std::string reply(const std::string& status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

}  // namespace drover::assets
