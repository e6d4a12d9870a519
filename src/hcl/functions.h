#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hcl/budget.h"
#include "hcl/value.h"

namespace drover::hcl {

// The files that functions such as file() may read. A command line tool has one; a server has none.
class FileReader {
 public:
  virtual ~FileReader() = default;
  virtual Result<std::string> read(const std::string& path) const = 0;
  virtual bool exists(const std::string& path) const = 0;
};

struct FunctionEnv {
  const FileReader* files = nullptr;  // Not owned.
};

// One call: its arguments, after expansion and within the function's arity, and what it may use.
struct CallContext {
  std::span<const Value> args;
  const FunctionEnv& env;
  Budget& budget;
};

// One line of the table. `try` and `can` are not in it: they see expressions, not values.
struct Function {
  static constexpr uint8_t kAnyNumber = 255;

  std::string_view name;
  uint8_t min_args;
  uint8_t max_args;
  Result<Value> (*call)(const CallContext& context);
};

// Null for an unknown name.
const Function* find_function(std::string_view name);

// "2 arguments", "at least 1 argument", "1 to 2 arguments".
std::string describe_arity(const Function& function);

// All names, sorted, `try` and `can` included.
std::vector<std::string> function_names();

}  // namespace drover::hcl
