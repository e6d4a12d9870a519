#include "gotmpl/text_tools.h"

#include <algorithm>
#include <set>

#include "gotmpl/go_format.h"
#include "gotmpl/unicode.h"

namespace drover::gotmpl {
namespace {

std::set<std::string_view> characters_of(std::string_view text) {
  std::set<std::string_view> out;
  while (!text.empty()) {
    const size_t size = decode_rune(text).size;
    out.insert(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

size_t last_rune_start(std::string_view text) {
  size_t start = text.size() - 1;
  while (start > 0 && text.size() - start < 4 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
  return decode_rune(text.substr(start)).size == text.size() - start ? start : text.size() - 1;
}

}  // namespace

Result<Value> indent_lines(std::string_view text, int64_t spaces, IndentEmptyLines empty, Meter& meter) {
  TextBuilder out(meter);
  if (text.empty() && empty == IndentEmptyLines::Yes) out.append(static_cast<size_t>(spaces), ' ');
  while (!text.empty() && !out.full()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    if (text[0] != '\n' || empty == IndentEmptyLines::Yes) out.append(static_cast<size_t>(spaces), ' ');
    out.append(text.substr(0, end));
    const bool line_end = text[end - 1] == '\n';
    text.remove_prefix(end);
    if (text.empty() && line_end && empty == IndentEmptyLines::Yes) out.append(static_cast<size_t>(spaces), ' ');
  }
  return out.value();
}

Result<Value> join_items(const List& list, std::string_view separator, Meter& meter) {
  TextBuilder out(meter);
  for (size_t i = 0; i < list.items.size() && !out.full(); ++i) {
    if (i > 0) out.append(separator);
    append_value(out, list.items[i]);
  }
  TRY(meter.steps(list.items.size()));
  return out.value();
}

Result<std::vector<std::string>> split_text(std::string_view text, std::string_view separator, Meter& meter,
                                            int64_t limit) {
  std::vector<std::string> out;
  if (limit == 0) return out;
  TRY(meter.search(text.size(), separator.size()));
  while (limit < 0 || static_cast<int64_t>(out.size()) + 1 < limit) {
    TRY(meter.steps(1));
    TRY(meter.bytes(sizeof(std::string)));
    if (separator.empty()) {
      if (text.empty()) return out;
      const size_t size = decode_rune(text).size;
      out.emplace_back(text.substr(0, size));
      text.remove_prefix(size);
      continue;
    }
    const size_t at = text.find(separator);
    if (at == std::string_view::npos) break;
    out.emplace_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
  }
  if (!separator.empty() || !text.empty()) out.emplace_back(text);
  return out;
}

Result<Value> replace_text(std::string_view text, std::string_view from, std::string_view to, Meter& meter) {
  TextBuilder out(meter);
  TRY(meter.search(text.size(), from.size()));
  while (!out.full()) {
    TRY(meter.steps(1));
    if (from.empty()) {
      out.append(to);
      if (text.empty()) break;
      const size_t size = decode_rune(text).size;
      out.append(text.substr(0, size));
      text.remove_prefix(size);
      continue;
    }
    const size_t at = text.find(from);
    out.append(text.substr(0, at));
    if (at == std::string_view::npos) break;
    out.append(to);
    text.remove_prefix(at + from.size());
  }
  return out.value();
}

std::string_view trim_any(std::string_view text, std::string_view set, Side side) {
  const std::set<std::string_view> unwanted = characters_of(set);
  while (side != Side::Right && !text.empty()) {
    const size_t size = decode_rune(text).size;
    if (!unwanted.contains(text.substr(0, size))) break;
    text.remove_prefix(size);
  }
  while (side != Side::Left && !text.empty()) {
    const size_t start = last_rune_start(text);
    if (!unwanted.contains(text.substr(start))) break;
    text = text.substr(0, start);
  }
  return text;
}

}  // namespace drover::gotmpl
