#include "base/check.h"

#include <execinfo.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace drover {

void check_failed(const char* condition, const char* message, const char* file, int line) {
  std::fprintf(stderr, "drover: broken invariant: %s (%s) at %s:%d\n", message, condition, file, line);
  void* frames[64];
  backtrace_symbols_fd(frames, backtrace(frames, 64), STDERR_FILENO);
  std::abort();
}

}  // namespace drover
