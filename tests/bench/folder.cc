#include "bench/folder.h"

#include <sys/mount.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/check.h"

namespace drover::bench {
namespace {

// What the agent has mounted there (secrets of allocations), innermost first.
std::vector<std::string> mounts_below(const std::string& folder) {
  std::vector<std::string> mounts;
  std::ifstream in("/proc/self/mounts");
  for (std::string line; std::getline(in, line);) {
    const size_t begin = line.find(' ') + 1;
    const std::string point = line.substr(begin, line.find(' ', begin) - begin);
    if (point.starts_with(folder + "/")) mounts.insert(mounts.begin(), point);
  }
  return mounts;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "drover-bench-XXXXXX").string();
  CHECK(::mkdtemp(pattern.data()) != nullptr, "a temporary folder can be made");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  for (const std::string& mount : mounts_below(path_)) ::umount2(mount.c_str(), MNT_DETACH);
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace drover::bench
