#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace drover::gotmpl {

// The variables that can be used at a place.
class Scope {
 public:
  Scope() { add("$"); }

  bool has(const std::string& name) const { return count_.contains(name); }
  size_t size() const { return names_.size(); }
  void add(const std::string& name) {
    names_.push_back(name);
    ++count_[name];
  }
  void shrink(size_t size) {
    for (; names_.size() > size; names_.pop_back()) {
      const auto found = count_.find(names_.back());
      if (--found->second == 0) count_.erase(found);
    }
  }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, uint32_t> count_;
};

}  // namespace drover::gotmpl
