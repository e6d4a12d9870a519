#pragma once

#include "assets/digests.h"
#include "base/result.h"
#include "codec/tar.h"
#include "sys/directory.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The data of an allocation on its way to another machine: alloc/data and each task's local/ as a tar archive, as
// Nomad's `GET /v1/client/allocation/:id/snapshot` answers. Its last entry says how many entries and bytes came before
// and has their digest, without which nothing is taken for the whole.
namespace drover::client {

// "alloc/data", and "<task>/local" for each of these.
std::vector<std::string> snapshot_parts(const std::vector<std::string>& tasks);

// What the last entry says.
class SnapshotSum {
 public:
  void add(const codec::TarEntry& entry);
  void add_bytes(std::string_view bytes);
  // "entries 3\nbytes 12\nsha256 9f86…\n"; once.
  std::string finish();

  uint64_t entries() const { return entries_; }
  uint64_t bytes() const { return bytes_; }

 private:
  assets::Digest digest_{"sha256"};
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
};

inline constexpr const char* kSnapshotSum = ".drover-snapshot";

// Makes the archive, piece by piece. REQUIRES that nothing writes to the directories any more: what changes under its
// hands is an error. What is neither file, directory nor link is left out. Blocks; one thread at a time.
class SnapshotWriter {
 public:
  SnapshotWriter(sys::Directory root, std::vector<std::string> parts);

  // The next piece; "" at the end.
  Result<std::string> next();

 private:
  struct Level {
    std::string path;
    std::vector<sys::FileInfo> entries;  // the next one is the last
  };

  Status enter(const std::string& path);
  Result<std::string> next_entry();
  Result<std::string> begin_file(const std::string& path, const sys::FileInfo& info);
  Result<std::string> next_bytes();
  std::string finish();

  const sys::Directory root_;
  std::vector<std::string> parts_;  // the next one is the last
  std::vector<Level> levels_;
  SnapshotSum sum_;
  sys::Fd file_;
  std::string file_path_;
  uint64_t file_size_ = 0;
  uint64_t at_ = 0;
  bool ended_ = false;
};

struct SnapshotLimits {
  uint64_t bytes = 0;  // of all files
  uint64_t entries = 1'000'000;
};

// Unpacks an archive strictly beneath a directory of its own, as far as its entries lie in `parts`. Links that lead out
// of the allocation's directory are left out; setuid and setgid bits, too. Blocks; one thread at a time.
class SnapshotReader {
 public:
  // REQUIRES `into` is empty.
  SnapshotReader(sys::Directory into, std::vector<std::string> parts, SnapshotLimits limits);
  SnapshotReader(const SnapshotReader&) = delete;
  SnapshotReader& operator=(const SnapshotReader&) = delete;

  Status add(std::string_view bytes);
  // Whether all has come, and is what was sent. Gives directories their modes.
  Status finish();

  uint64_t bytes() const { return sum_.bytes(); }
  uint64_t files() const { return files_; }
  uint64_t links_left_out() const { return links_left_out_; }

 private:
  Status on_entry(codec::TarEntry entry);
  Status on_bytes(std::string_view bytes);
  Status on_entry_end();
  Status make(const codec::TarEntry& entry);
  Status give(const std::string& path, const codec::TarEntry& entry) const;

  const sys::Directory into_;
  const std::vector<std::string> parts_;
  const SnapshotLimits limits_;
  codec::TarReader tar_;
  SnapshotSum sum_;
  codec::TarEntry entry_;
  sys::Fd file_;  // of the entry, if it is unpacked
  std::vector<codec::TarEntry> directories_;
  std::string said_;  // by the last entry
  bool complete_ = false;
  uint64_t files_ = 0;
  uint64_t links_left_out_ = 0;
};

}  // namespace drover::client
