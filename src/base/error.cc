#include "base/error.h"

#include "base/check.h"

namespace drover {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return "invalid argument";
    case ErrorCode::NotFound:
      return "not found";
    case ErrorCode::AlreadyExists:
      return "already exists";
    case ErrorCode::Conflict:
      return "conflict";
    case ErrorCode::PermissionDenied:
      return "permission denied";
    case ErrorCode::Unavailable:
      return "unavailable";
    case ErrorCode::Cancelled:
      return "cancelled";
    case ErrorCode::DeadlineExceeded:
      return "deadline exceeded";
    case ErrorCode::ResourceExhausted:
      return "resource exhausted";
    case ErrorCode::Internal:
      return "internal";
  }
  CHECK(false, "unknown error code");
  return "";
}

Error::Error(ErrorCode code, std::string message)
    : data_(std::make_shared<const Data>(Data{code, std::move(message)})) {}

Error Error::context(std::string_view what) const {
  std::string message(what);
  message += ": ";
  message += data_->message;
  return Error(data_->code, std::move(message));
}

}  // namespace drover
