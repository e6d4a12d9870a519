#include "sys/os_error.h"

#include "base/strings.h"

#include <cerrno>
#include <cstring>

namespace drover::sys {

ErrorCode error_code_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
    case ENXIO:
    case ENODEV:
      return ErrorCode::NotFound;
    case EEXIST:
      return ErrorCode::AlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::PermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EFBIG:
      return ErrorCode::ResourceExhausted;
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
    case EISDIR:
    case EXDEV:
    case ENOEXEC:
      return ErrorCode::InvalidArgument;
    case EBUSY:
    case ENOTEMPTY:
      return ErrorCode::Conflict;
    case EAGAIN:
    case ETXTBSY:
      return ErrorCode::Unavailable;
    case ETIMEDOUT:
      return ErrorCode::DeadlineExceeded;
    default:
      return ErrorCode::Internal;
  }
}

std::string error_text(int error_number) {
  char buffer[128];
  std::string text = strerror_r(error_number, buffer, sizeof buffer);
  if (text.size() > 1 && text[1] >= 'a' && text[1] <= 'z') text[0] = to_lower(text.substr(0, 1))[0];
  return text;
}

}  // namespace drover::sys
