#include "records.h"

#include "kernel.h"

#include <errno.h>
#include <fcntl.h>

namespace {

// proc(5): start time is field 22; the fields after the command name, which may hold anything, count from 3.
constexpr int kFieldsAfterName = 22 - 2;

}  // namespace

uint64_t start_time_of(const char* pid) {
  Text path;
  path.add("/proc/").add(pid).add("/stat");
  const long fd = kernel::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char stat[1024];
  const long length = kernel::read(static_cast<int>(fd), stat, sizeof stat - 1);
  kernel::close(static_cast<int>(fd));
  if (length <= 0) return 0;
  stat[length] = 0;

  const char* at = nullptr;
  for (const char* p = stat; *p; p++) {
    if (*p == ')') at = p;
  }
  for (int field = 0; at && field < kFieldsAfterName; field++) {
    while (*at && *at != ' ') at++;
    if (!*at) return 0;
    at++;
  }
  uint64_t ticks = 0;
  for (; at && *at >= '0' && *at <= '9'; at++) ticks = ticks * 10 + static_cast<uint64_t>(*at - '0');
  return ticks;
}

uint64_t read_counter(int fd, const char* key) {
  char text[1024];
  const long length = kernel::call(__NR_pread64, fd, kernel::ptr(text), sizeof text - 1, 0);
  if (length <= 0) return 0;
  text[length] = 0;
  for (const char* line = text; *line;) {
    const char* value = after_prefix(line, key);
    uint64_t number;
    if (value && *value == ' ' && parse_number(value + 1, number)) return number;
    while (*line && *line != '\n') line++;
    if (*line) line++;
  }
  return 0;
}

long write_record(int directory, const Text& name, const Text& bytes, Sync sync) {
  Text temporary = name;
  temporary.add(".tmp");
  kernel::unlinkat(directory, temporary.c_str());
  const long fd =
      kernel::openat(directory, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return fd;
  const auto file = static_cast<int>(fd);
  long result = kernel::write(file, bytes.c_str(), bytes.size());
  if (result >= 0 && static_cast<unsigned>(result) < bytes.size()) result = -ENOSPC;
  if (result >= 0 && sync == Sync::Yes) result = kernel::call(__NR_fsync, file);
  kernel::close(file);
  if (result >= 0) {
    result = kernel::call(__NR_renameat2, directory, kernel::ptr(temporary.c_str()), directory,
                          kernel::ptr(name.c_str()), 0);
  }
  if (result < 0) {
    kernel::unlinkat(directory, temporary.c_str());
    return result;
  }
  if (sync == Sync::Yes) kernel::call(__NR_fsync, directory);
  return 0;
}
