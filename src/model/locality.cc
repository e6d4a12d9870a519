#include "model/locality.h"

#include <algorithm>
#include <string_view>

namespace drover::model {
namespace {

bool matches_glob(std::string_view text, std::string_view pattern) {
  size_t t = 0, p = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

bool in_datacenters(const std::string& datacenter, const std::vector<std::string>& patterns) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches_glob(datacenter, pattern); });
}

bool in_node_pool(const Node& node, const Job& job) {
  return job.node_pool == node.node_pool || job.node_pool == "all";
}

}  // namespace drover::model
