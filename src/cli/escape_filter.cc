#include "cli/escape_filter.h"

namespace drover::cli {

EscapeFilter::Output EscapeFilter::feed(std::string_view typed) {
  Output out;
  if (!escape_) {
    out.bytes = typed;
    return out;
  }
  for (const char c : typed) {
    if (state_ == State::LineStart && c == *escape_) {
      state_ = State::Escaped;
      continue;
    }
    if (state_ == State::Escaped) {
      if (c == '.') {
        out.disconnect = true;
        return out;
      }
      out.bytes += *escape_;
      if (c == *escape_) {
        state_ = State::InLine;
        continue;
      }
    }
    out.bytes += c;
    state_ = c == '\n' || c == '\r' ? State::LineStart : State::InLine;
  }
  return out;
}

}  // namespace drover::cli
