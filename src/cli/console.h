#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace drover::cli {

enum class Colour { Plain, Bold, Red, Green, Yellow, Cyan, Magenta };

// Where a command writes. Everything but raw() expects text that is safe for a terminal.
class Console {
 public:
  Console(std::ostream& out, std::ostream& err, bool out_colours, bool err_colours);

  // One line, or several, on standard output; flushed, so that progress is seen as it happens.
  void line(std::string_view text = {});
  // Bytes as they are. False once nobody reads them any more.
  bool raw(std::string_view bytes);
  void error_line(std::string_view text);
  void warning_line(std::string_view text);

  // `text` in a colour of standard output, or as it is if that takes none.
  std::string paint(Colour colour, std::string_view text) const;

 private:
  std::ostream& out_;
  std::ostream& err_;
  bool out_colours_;
  bool err_colours_;
};

// Rows of cells, aligned: "ID        Status\nabcd1234  running". Empty cells are shown as "<none>" in no column:
// callers put what they want there. No end of line after the last row.
class Table {
 public:
  explicit Table(std::vector<std::string> header) { add(std::move(header)); }
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.size() <= 1; }
  std::string format() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// "ID     = abcd1234\nStatus = running": Nomad's header blocks.
class Facts {
 public:
  void add(std::string name, std::string value) { rows_.emplace_back(std::move(name), std::move(value)); }
  void add_if(std::string name, std::string value) {
    if (!value.empty()) add(std::move(name), std::move(value));
  }
  std::string format() const;

 private:
  std::vector<std::pair<std::string, std::string>> rows_;
};

// One line of text from elsewhere, safe for a terminal: base's printable(), and the C1 controls that it lets through.
std::string safe_text(std::string_view text);

// Text of several lines for a terminal: control characters but line feeds and tabs are escaped.
std::string printable_lines(std::string_view text);

// Every line of `text` with `prefix` before it.
std::string indent(std::string_view text, std::string_view prefix);

}  // namespace drover::cli
