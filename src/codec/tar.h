#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

// The part of the tar format (POSIX pax interchange) that directories, files and symbolic links need. Pure.
namespace drover::codec {

enum class TarKind : uint8_t { File, Directory, Symlink };

struct TarEntry {
  std::string name;  // of a directory without a "/" at its end
  TarKind kind = TarKind::File;
  uint64_t size = 0;  // of a file
  uint32_t mode = 0;  // permission bits
  uint32_t uid = 0;
  uint32_t gid = 0;
  int64_t modified_seconds = 0;
  std::string target;  // of a link
};

inline constexpr size_t kTarBlock = 512;

// What stands before an entry's bytes, in pax's longer form where the plain one is too short.
std::string tar_header(const TarEntry& entry);
// What fills the last block after so many bytes.
std::string tar_padding(uint64_t size);
// Says nothing, for a reader that waits: programs that read archives skip it.
std::string tar_pause();
std::string tar_end();

// Takes an archive in pieces of any size and hands on what is in it. After an error it takes nothing more.
class TarReader {
 public:
  struct Handler {
    std::function<Status(TarEntry entry)> on_entry;
    std::function<Status(std::string_view bytes)> on_bytes;  // of the last entry, a file
    std::function<Status()> on_entry_end;                    // all its bytes have come
  };
  explicit TarReader(Handler handler) : handler_(std::move(handler)) {}

  Status add(std::string_view bytes);
  // Whether the archive has come to its end.
  bool ended() const { return state_ == State::End; }

 private:
  enum class State : uint8_t { Header, Bytes, Padding, Extension, Skipped, End };

  Status take(std::string_view& bytes);
  Status take_header(std::string_view block);
  Status begin_entry(char type, TarEntry entry);
  Status finish_bytes();

  const Handler handler_;
  State state_ = State::Header;
  std::string block_;
  uint64_t left_ = 0;      // of the entry's bytes
  size_t padding_ = 0;     // after them
  std::string extension_;  // of the next entry, as it comes
  std::map<std::string, std::string> extended_;
};

}  // namespace drover::codec
