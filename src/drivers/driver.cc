#include "drivers/driver.h"

namespace drover::drivers {

net::Task<Result<std::unique_ptr<ExecSession>>> RunningTask::open_session(SessionRequest) {
  co_return err(ErrorCode::Unavailable, "tasks of driver {} take no commands", handle().driver);
}

net::Task<Status> RunningTask::confine(std::string) {
  co_return Ok{};
}

net::Task<Result<HeldNetwork>> Driver::create_network(std::string, std::string) {
  co_return err(ErrorCode::Internal, "driver {} holds no networks", name());
}

net::Task<Status> Driver::destroy_network(std::string) {
  co_return Ok{};
}

net::Task<Result<std::string>> Driver::create_private_network(std::string) {
  co_return err(ErrorCode::InvalidArgument, "driver {} has no private networks", name());
}

net::Task<Status> Driver::destroy_private_network(std::string) {
  co_return Ok{};
}

bool is_recoverable(const Error& error) {
  switch (error.code()) {
    case ErrorCode::Unavailable:
    case ErrorCode::DeadlineExceeded:
    case ErrorCode::ResourceExhausted:
    case ErrorCode::Conflict:
    case ErrorCode::Cancelled:
    case ErrorCode::Internal:
      return true;
    case ErrorCode::InvalidArgument:
    case ErrorCode::NotFound:
    case ErrorCode::AlreadyExists:
    case ErrorCode::PermissionDenied:
      return false;
  }
  return false;
}

}  // namespace drover::drivers
