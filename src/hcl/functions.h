#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
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

  // The names of all plain files below a directory, relative to it. By default, these three are refused.
  virtual Result<std::vector<std::string>> list(const std::string& directory) const;
  virtual Result<std::string> working_directory() const;
  virtual Result<std::string> home_directory() const;
};

// Not owned. What is null is not available to the functions that need it.
struct FunctionEnv {
  const FileReader* files = nullptr;
  Random* random = nullptr;
};

// One call: its arguments, after expansion and within the function's arity, and what it may use.
struct CallContext {
  std::span<const Value> args;
  const FunctionEnv& env;
  Budget& budget;
};

// One line of the table. `try`, `can` and `convert` are not in it: they see expressions, not values.
struct Function {
  static constexpr uint8_t kAnyNumber = 255;

  std::string_view name;
  uint8_t min_args;
  uint8_t max_args;
  Result<Value> (*call)(const CallContext& context);
  bool takes_null = false;  // Otherwise a null argument is refused before the call.
};

// Null for an unknown name.
const Function* find_function(std::string_view name);

// "2 arguments", "at least 1 argument", "1 to 2 arguments".
std::string describe_arity(const Function& function);

// All names, sorted, `try`, `can` and `convert` included.
std::vector<std::string> function_names();

}  // namespace drover::hcl
