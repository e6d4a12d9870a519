#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drover::cli {

// What is typed into a remote terminal, as with ssh: at the beginning of a line, the escape character and "." end the
// connection, the escape character twice is sent once. Pure.
class EscapeFilter {
 public:
  // No character: everything is sent as it is.
  explicit EscapeFilter(std::optional<char> escape) : escape_(escape) {}

  struct Output {
    std::string bytes;  // to be sent
    bool disconnect = false;
  };
  Output feed(std::string_view typed);

 private:
  enum class State : uint8_t { LineStart, InLine, Escaped };

  const std::optional<char> escape_;
  State state_ = State::LineStart;
};

}  // namespace drover::cli
