#include "log_file.h"

#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace {

constexpr int kOpenFlags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;

struct DirectoryEntry {  // linux_dirent64
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};

// How much of `data` to put into a file with room for `room` bytes: whole lines if there is one.
uint64_t fitting(const char* data, uint64_t size, uint64_t room) {
  if (size <= room) return size;
  for (uint64_t n = room; n > 0; n--) {
    if (data[n - 1] == '\n') return n;
  }
  return room;
}

}  // namespace

LogFile::LogFile(int directory, Text prefix, LogLimits limits, char* scratch, unsigned scratch_size)
    : directory_(directory), prefix_(prefix), limits_(limits) {
  if (limits_.max_files == 0) return;
  scan(scratch, scratch_size);
  open_current();
}

// Finds the highest index, then removes files that are too old.
void LogFile::scan(char* scratch, unsigned scratch_size) {
  for (int pass = 0; pass < 2; pass++) {
    kernel::call(__NR_lseek, directory_, 0, SEEK_SET);
    long length;
    while ((length = kernel::call(__NR_getdents64, directory_, kernel::ptr(scratch), scratch_size)) > 0) {
      for (long at = 0; at < length;) {
        const auto* entry = reinterpret_cast<const DirectoryEntry*>(scratch + at);
        at += entry->length;
        const char* digits = after_prefix(entry->name, prefix_.c_str());
        uint64_t index;
        if (!digits || !parse_number(digits, index)) continue;
        if (pass == 0 && (!found_ || index > index_)) index_ = index, found_ = true;
        if (pass == 1 && index + limits_.max_files <= index_) kernel::unlinkat(directory_, entry->name);
      }
    }
  }
}

Text LogFile::name(uint64_t index) const {
  Text text = prefix_;
  text.add(index);
  return text;
}

void LogFile::open_current() {
  if (found_) {
    const long fd = kernel::openat(directory_, name(index_).c_str(), kOpenFlags);
    struct stat info = {};
    if (fd >= 0 && kernel::call(__NR_fstat, fd, kernel::ptr(&info)) == 0 && S_ISREG(info.st_mode) &&
        info.st_nlink == 1) {
      fd_ = static_cast<int>(fd);
      size_ = static_cast<uint64_t>(info.st_size);
      return;
    }
    if (fd >= 0) kernel::close(static_cast<int>(fd));
  }
  open_next();
}

bool LogFile::open_next() {
  const uint64_t next = found_ ? index_ + 1 : 0;
  const Text path = name(next);
  if (next >= limits_.max_files) kernel::unlinkat(directory_, name(next - limits_.max_files).c_str());
  long fd = kernel::openat(directory_, path.c_str(), kOpenFlags | O_CREAT | O_EXCL, 0644);
  if (fd < 0) {
    // Something has the name although no such file was ours: the task put it there.
    kernel::unlinkat(directory_, path.c_str());
    fd = kernel::openat(directory_, path.c_str(), kOpenFlags | O_CREAT | O_EXCL, 0644);
  }
  if (fd < 0) {
    if (fd == -EEXIST) index_ = next, found_ = true;  // A directory: go past it.
    return false;
  }
  if (fd_ >= 0) kernel::close(fd_);
  fd_ = static_cast<int>(fd);
  index_ = next;
  found_ = true;
  size_ = 0;
  return true;
}

void LogFile::write(const char* data, uint64_t size) {
  if (limits_.max_files == 0) return;
  while (size > 0) {
    if ((fd_ < 0 || size_ >= limits_.max_file_bytes) && !open_next()) break;
    const uint64_t part = fitting(data, size, limits_.max_file_bytes - size_);
    const long written = kernel::write(fd_, data, part);
    if (written <= 0) break;
    const auto done = static_cast<uint64_t>(written);
    data += done;
    size -= done;
    // A file that was cut at a line is full, even if it has room for part of the next one.
    size_ = done == part && size > 0 ? limits_.max_file_bytes : size_ + done;
  }
  dropped_ += size;
}
