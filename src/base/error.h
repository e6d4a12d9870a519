#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace drover {

// One code per category that a client of the HTTP API can tell apart; the mapping to status codes is in api/errors.cc.
enum class ErrorCode : uint8_t {
  InvalidArgument,
  NotFound,
  AlreadyExists,
  Conflict,
  PermissionDenied,
  Unavailable,
  Cancelled,
  DeadlineExceeded,
  ResourceExhausted,
  Internal,
};

std::string_view to_string(ErrorCode code);

// An expected failure: a code and a message that a user can act on (lower case, no full stop, names the thing and its
// value). Cheap to move and to copy; immutable but for context().
class Error {
 public:
  Error(ErrorCode code, std::string message);

  ErrorCode code() const { return data_->code; }

  // "outermost context: …: message".
  const std::string& message() const { return data_->message; }

  // Says what was being done when the failure was met: err.context("starting task web").
  Error context(std::string_view what) const;

 private:
  struct Data {
    ErrorCode code;
    std::string message;
  };
  std::shared_ptr<const Data> data_;
};

}  // namespace drover
