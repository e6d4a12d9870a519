#include "model/allocation.h"

#include <fmt/core.h>

#include "base/strings.h"

namespace drover::model {

int32_t Allocation::index() const {
  const size_t open = name.rfind('[');
  if (open == std::string::npos || !name.ends_with(']')) return -1;
  const auto number = parse_uint(std::string_view(name).substr(open + 1, name.size() - open - 2));
  return number && *number <= INT32_MAX ? static_cast<int32_t>(*number) : -1;
}

std::string alloc_name(std::string_view job_id, std::string_view group, int32_t index) {
  return fmt::format("{}.{}[{}]", job_id, group, index);
}

}  // namespace drover::model
