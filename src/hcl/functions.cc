#include "hcl/functions.h"

#include <algorithm>
#include <map>

#include "hcl/function_args.h"

namespace drover::hcl {
namespace {

using Table = std::map<std::string_view, const Function*>;

const Table& table() {
  static const Table all = [] {
    Table out;
    for (const auto part :
         {address_functions(), collection_functions(), crypto_functions(), encoding_functions(), file_functions(),
          format_functions(), number_functions(), set_functions(), string_functions(), time_functions()}) {
      for (const Function& function : part) out.emplace(function.name, &function);
    }
    return out;
  }();
  return all;
}

}  // namespace

Result<std::vector<std::string>> FileReader::list(const std::string&) const {
  return err(ErrorCode::InvalidArgument, "directories are not available here");
}

Result<std::string> FileReader::working_directory() const {
  return err(ErrorCode::InvalidArgument, "the working directory is not known here");
}

Result<std::string> FileReader::home_directory() const {
  return err(ErrorCode::InvalidArgument, "the home directory is not known here");
}

const Function* find_function(std::string_view name) {
  const auto found = table().find(name);
  return found == table().end() ? nullptr : found->second;
}

std::string describe_arity(const Function& function) {
  const int low = function.min_args;
  const int high = function.max_args;
  const std::string_view plural = (function.max_args == Function::kAnyNumber ? low : high) == 1 ? "" : "s";
  if (high == Function::kAnyNumber) return fmt::format("at least {} argument{}", low, plural);
  if (low == high) return fmt::format("{} argument{}", low, plural);
  return fmt::format("{} to {} arguments", low, high);
}

std::vector<std::string> function_names() {
  std::vector<std::string> out;
  for (const auto& [name, function] : table()) out.emplace_back(name);
  out.insert(out.end(), {"can", "convert", "try"});
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace drover::hcl
