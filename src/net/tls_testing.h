#pragma once

// For tests of this and other modules.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace drover::net {

// A TLS server on 127.0.0.1 with a certificate of its own making for "localhost" and 127.0.0.1. It answers every
// request with 200 and the request's first line as the body, and closes the connection.
class TlsTestServer {
 public:
  TlsTestServer();
  ~TlsTestServer();
  TlsTestServer(const TlsTestServer&) = delete;
  TlsTestServer& operator=(const TlsTestServer&) = delete;

  uint16_t port() const { return port_; }
  // PEM, in a file that lives as long as the server.
  const std::string& certificate_file() const { return certificate_file_; }

 private:
  struct Keys;
  void serve();

  std::unique_ptr<Keys> keys_;
  std::string certificate_file_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace drover::net
