#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "gotmpl/meter.h"
#include "gotmpl/sources.h"
#include "gotmpl/value.h"

namespace drover::gotmpl {

// What functions may use beside their arguments.
class Context {
 public:
  virtual ~Context() = default;
  virtual Meter& meter() = 0;
  virtual WallTime now() const = 0;
  // Asks the sources, and remembers that the template depends on it.
  virtual Result<Answer> ask(Dependency dependency) = 0;
  // The template cannot be rendered before this is there, although the sources know of it.
  virtual void wait_for(const Dependency& dependency) = 0;
  // The environment is no dependency: it does not change.
  virtual Answer environment(const std::string& name) = 0;
  virtual Result<std::string> execute(std::string_view name, const Value& dot) = 0;
  virtual Object& scratch() = 0;
};

struct Call {
  std::vector<Value>& args;
  Context& context;

  Meter& meter() const { return context.meter(); }
  const std::string& text(size_t i) const { return args[i].text(); }
  int64_t integer(size_t i) const { return args[i].integer(); }
};

// One line of the tables. `params` has a letter for each parameter, and "*" behind the last one if it may come any
// number of times: a any, b bool, i int, s string, l list, m map. The evaluator has checked them before `body` runs; a
// list or a map that is nil comes as an empty one, other nils only where "a" stands.
struct Function {
  enum class Special : uint8_t { None, And, Or };

  std::string_view name;
  std::string_view params;
  Result<Value> (*body)(Call&) = nullptr;
  Special special = Special::None;
  std::string_view refusal;  // why there is no such function here

  bool variadic() const { return params.ends_with('*'); }
  size_t fixed() const { return variadic() ? params.size() - 2 : params.size(); }
  char param(size_t i) const { return i < fixed() ? params[i] : params[params.size() - 2]; }
};

// Null if there is no function of that name.
const Function* find_function(std::string_view name);
std::vector<std::string> function_names();

// The tables, one a theme.
std::span<const Function> go_functions();                // of text/template itself
std::span<const Function> text_functions();              // texts, regular expressions, hashes, base64
std::span<const Function> number_functions();            // arithmetic, loop, parse*
std::span<const Function> data_functions();              // lists, maps, JSON, YAML, TOML
std::span<const Function> source_functions();            // env, file, keys, services, secrets
std::span<const Function> sprig_text_functions();        // sprig_*: texts
std::span<const Function> sprig_data_functions();        // sprig_*: defaults, numbers, dates, conversions
std::span<const Function> sprig_collection_functions();  // sprig_*: lists and dictionaries
std::span<const Function> refused_functions();

template <class... Args>
tl::unexpected<Error> bad_call(fmt::format_string<Args...> format, Args&&... args) {
  return err(ErrorCode::InvalidArgument, format, std::forward<Args>(args)...);
}

}  // namespace drover::gotmpl
