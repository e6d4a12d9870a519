#include "cli/console.h"

#include "base/strings.h"

#include <algorithm>
#include <ostream>

#include <fmt/core.h>

namespace drover::cli {
namespace {

constexpr size_t kTextLimit = 64 << 10;

std::string_view escape_code(Colour colour) {
  switch (colour) {
    case Colour::Plain:
      return "";
    case Colour::Bold:
      return "\x1b[1m";
    case Colour::Red:
      return "\x1b[31m";
    case Colour::Green:
      return "\x1b[32m";
    case Colour::Yellow:
      return "\x1b[33m";
    case Colour::Cyan:
      return "\x1b[36m";
    case Colour::Magenta:
      return "\x1b[35m";
  }
  return "";
}

std::string painted(bool enabled, Colour colour, std::string_view text) {
  if (!enabled || colour == Colour::Plain || text.empty()) return std::string(text);
  std::string out(escape_code(colour));
  out += text;
  out += "\x1b[0m";
  return out;
}

// Code points on the screen: UTF-8 continuation bytes and our own colour codes take no room.
size_t visible_width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = std::min(text.find('m', i), text.size());
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      ++width;
    }
  }
  return width;
}

}  // namespace

Console::Console(std::ostream& out, std::ostream& err, bool out_colours, bool err_colours)
    : out_(out), err_(err), out_colours_(out_colours), err_colours_(err_colours) {}

void Console::line(std::string_view text) {
  out_ << text << '\n' << std::flush;
}

bool Console::raw(std::string_view bytes) {
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out_.flush();
  return out_.good();
}

void Console::error_line(std::string_view text) {
  err_ << painted(err_colours_, Colour::Red, text) << '\n' << std::flush;
}

void Console::warning_line(std::string_view text) {
  err_ << painted(err_colours_, Colour::Yellow, text) << '\n' << std::flush;
}

std::string Console::paint(Colour colour, std::string_view text) const {
  return painted(out_colours_, colour, text);
}

std::string Table::format() const {
  std::vector<size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], visible_width(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    if (!out.empty()) out += '\n';
    for (size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out.append(widths[i] - visible_width(row[i]) + 2, ' ');
    }
  }
  return out;
}

std::string Facts::format() const {
  size_t width = 0;
  for (const auto& [name, value] : rows_) width = std::max(width, visible_width(name));
  std::string out;
  for (const auto& [name, value] : rows_) {
    if (!out.empty()) out += '\n';
    out += name;
    out.append(width - visible_width(name), ' ');
    out += " = ";
    out += value;
  }
  return out;
}

std::string safe_text(std::string_view text) {
  return printable(text, kTextLimit);
}

std::string printable_lines(std::string_view text) {
  std::vector<std::string> lines = split(text, '\n');
  for (std::string& line : lines) {
    std::vector<std::string> cells = split(line, '\t');
    for (std::string& cell : cells) cell = safe_text(cell);
    line = join(cells, "\t");
  }
  return join(lines, "\n");
}

std::string indent(std::string_view text, std::string_view prefix) {
  std::string out;
  for (const std::string& line : split(text, '\n')) {
    if (!out.empty()) out += '\n';
    out += prefix;
    out += line;
  }
  return out;
}

}  // namespace drover::cli
