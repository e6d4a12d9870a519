#include "client/migration/snapshot.h"

#include <fmt/format.h>

namespace drover::client {

std::vector<std::string> snapshot_parts(const std::vector<std::string>& tasks) {
  std::vector<std::string> parts = {"alloc/data"};
  for (const std::string& task : tasks) parts.push_back(task + "/local");
  return parts;
}

void SnapshotSum::add(const codec::TarEntry& entry) {
  entries_++;
  bytes_ += entry.size;
  digest_.add(fmt::format("{}:{} {} {:o} {}:{} {}:{}\n", entry.name.size(), entry.name, static_cast<int>(entry.kind),
                          entry.mode, entry.uid, entry.gid, entry.size, entry.target));
}

void SnapshotSum::add_bytes(std::string_view bytes) {
  digest_.add(bytes);
}

std::string SnapshotSum::finish() {
  return fmt::format("entries {}\nbytes {}\nsha256 {}\n", entries_, bytes_, digest_.finish());
}

}  // namespace drover::client
