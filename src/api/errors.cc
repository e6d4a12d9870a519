#include "api/errors.h"

namespace drover::api {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return 400;
    case ErrorCode::PermissionDenied:
      return 403;
    case ErrorCode::NotFound:
      return 404;
    // As Nomad: whatever is not the client's syntax is 500, a refused check index and a full disk too.
    case ErrorCode::AlreadyExists:
    case ErrorCode::Conflict:
    case ErrorCode::Unavailable:
    case ErrorCode::Cancelled:
    case ErrorCode::DeadlineExceeded:
    case ErrorCode::ResourceExhausted:
    case ErrorCode::Internal:
      return 500;
  }
  return 500;
}

net::HttpResponse error_response(const Error& error) {
  return net::text_response(status_of(error.code()), error.message());
}

Error refused_job(const Error& error) {
  return Error(ErrorCode::Internal, error.message());
}

}  // namespace drover::api
