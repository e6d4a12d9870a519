#include "jobspec/secrets.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::jobspec {
namespace {

constexpr size_t kMinLength = 3;   // Shorter ones would take apart every message.
constexpr size_t kKnownStart = 8;  // So much of a longer secret gives it away.
constexpr size_t kMaxSecret = 4096;
constexpr std::string_view kHidden = "(sensitive)";

}  // namespace

void Secrets::add_text(const std::string& text) {
  std::string shown = printable(text, kMaxSecret);
  if (shown.size() >= kMinLength) texts_.insert(std::move(shown));
}

void Secrets::add(const hcl::Value& value) {
  if (value.is_list()) {
    for (const hcl::Value& element : value.as_list()) add(element);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.as_object().members()) add(member);
  } else if (!value.is_bool()) {
    if (const auto text = hcl::to_text(value)) add_text(*text);
  }
}

std::string Secrets::hide(std::string text) const {
  for (auto secret = texts_.rbegin(); secret != texts_.rend(); ++secret) {
    const std::string_view start = std::string_view(*secret).substr(0, kKnownStart);
    for (size_t at = text.find(start); at != std::string::npos; at = text.find(start, at)) {
      const auto rest =
          std::mismatch(text.begin() + static_cast<ptrdiff_t>(at), text.end(), secret->begin(), secret->end());
      text.replace(at, static_cast<size_t>(rest.second - secret->begin()), kHidden);
      at += kHidden.size();
    }
  }
  return text;
}

Diagnostics Secrets::hide(const Diagnostics& diagnostics) const {
  if (texts_.empty()) return diagnostics;
  Diagnostics out;
  for (Diagnostic diagnostic : diagnostics.all()) {
    diagnostic.message = hide(std::move(diagnostic.message));
    diagnostic.source_line = hide(std::move(diagnostic.source_line));
    out.add(std::move(diagnostic));
  }
  return out;
}

}  // namespace drover::jobspec
