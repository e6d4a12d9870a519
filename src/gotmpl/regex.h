#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gotmpl/meter.h"

namespace drover::gotmpl {

// A regular expression of RE2, which is what Go's are; time is linear in the text, memory bounded.
class Regex {
 public:
  static Result<Regex> compile(const std::string& pattern, Meter& meter);
  Regex(Regex&&) noexcept;
  ~Regex();

  // The groups of one match: [0] is all of it. A group that took no part has no data().
  using Groups = std::vector<std::string_view>;

  Result<bool> matches(std::string_view text, Meter& meter) const;
  // The matches from left to right, at most `limit` (-1: all); an empty one right behind another is none.
  Result<std::vector<Groups>> find_all(std::string_view text, Meter& meter, int64_t limit = -1) const;
  // With $1, ${name} and $$ in the replacement, unless it is `literal`.
  enum class Replacement : uint8_t { Template, Literal };
  Result<Value> replace_all(std::string_view text, std::string_view with, Replacement kind, Meter& meter) const;

 private:
  struct Program;
  explicit Regex(std::unique_ptr<Program> program);

  uint64_t program_size() const;
  void expand(TextBuilder& out, std::string_view with, const Groups& groups) const;

  std::unique_ptr<Program> program_;
};

}  // namespace drover::gotmpl
