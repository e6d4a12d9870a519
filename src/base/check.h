#pragma once

namespace drover {

// Logs the failed condition with a backtrace and aborts. For broken invariants only: bad input never gets here.
[[noreturn]] void check_failed(const char* condition, const char* message, const char* file, int line);

#define CHECK(condition, message) \
  (static_cast<bool>(condition) ? void(0) : ::drover::check_failed(#condition, message, __FILE__, __LINE__))

// As CHECK, in debug and sanitizer builds only.
#ifdef NDEBUG
#define DCHECK(condition, message) void(sizeof(static_cast<bool>(condition)))
#else
#define DCHECK(condition, message) CHECK(condition, message)
#endif

}  // namespace drover
