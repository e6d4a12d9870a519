#pragma once

#include "base/result.h"

#include <memory>
#include <string>

namespace drover::net {

// What TLS clients share: whom they trust. Loading the system's certificates costs some milliseconds and a megabyte, so
// one object serves many clients. Thread-safe.
class TlsContext {
 public:
  struct Options {
    bool verify = true;   // The server's certificate: its chain and its name.
    std::string ca_file;  // PEM; "": the system's.
    // PEM: the certificate and the key that the client shows; both or none.
    std::string cert_file;
    std::string key_file;
  };
  // InvalidArgument if files cannot be read or do not belong together.
  static Result<std::shared_ptr<const TlsContext>> create(Options options);

  virtual ~TlsContext() = default;
};

// What a server shows its clients: its certificate and key. Thread-safe.
class TlsServerContext {
 public:
  struct Options {
    std::string cert_file;  // PEM: its own first, then those that signed it
    std::string key_file;   // PEM
  };
  // InvalidArgument if the files cannot be read or do not belong together.
  static Result<std::shared_ptr<const TlsServerContext>> create(Options options);

  virtual ~TlsServerContext() = default;
};

// For https URLs.
struct TlsClientOptions {
  std::shared_ptr<const TlsContext> context;  // Null: one that verifies with the system's certificates.
  std::string server_name;                    // Asked for and verified; "": the host of the URL.
};

}  // namespace drover::net
