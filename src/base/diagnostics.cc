#include "base/diagnostics.h"

#include "base/check.h"
#include "base/strings.h"

namespace drover {

std::string Diagnostic::format() const {
  std::string out;
  if (pos.line > 0) {
    if (!pos.file.empty()) out += pos.file + ":";
    out += fmt::format("{}:{}: ", pos.line, pos.column);
  } else if (!path.empty()) {
    out += path + ": ";
  }
  out += message;
  if (pos.line > 0 && !source_line.empty()) {
    const std::string number = std::to_string(pos.line);
    std::string pad;
    for (size_t i = 0; i + 1 < pos.column && i < source_line.size(); ++i) pad += source_line[i] == '\t' ? '\t' : ' ';
    out += fmt::format("\n  {} | {}\n  {} | {}^", number, printable(replace_all(source_line, "\t", "    "), 300),
                       std::string(number.size(), ' '), replace_all(pad, "\t", "    "));
  }
  return out;
}

void Diagnostics::add(Diagnostic diagnostic) {
  size_t& count = diagnostic.severity == Diagnostic::Severity::Error ? error_count_ : warning_count_;
  if (++count <= kLimit) all_.push_back(std::move(diagnostic));
}

void Diagnostics::error(std::string path, std::string message) {
  add({.severity = Diagnostic::Severity::Error, .message = std::move(message), .path = std::move(path)});
}

void Diagnostics::warning(std::string path, std::string message) {
  add({.severity = Diagnostic::Severity::Warning, .message = std::move(message), .path = std::move(path)});
}

void Diagnostics::append(const Diagnostics& other) {
  for (const Diagnostic& diagnostic : other.all_) add(diagnostic);
}

std::vector<std::string> Diagnostics::errors() const {
  std::vector<std::string> out;
  for (const Diagnostic& d : all_) {
    if (d.severity == Diagnostic::Severity::Error) out.push_back(d.format());
  }
  if (error_count_ > kLimit) out.push_back(fmt::format("and {} more errors", error_count_ - kLimit));
  return out;
}

std::vector<std::string> Diagnostics::warnings() const {
  std::vector<std::string> out;
  for (const Diagnostic& d : all_) {
    if (d.severity == Diagnostic::Severity::Warning) out.push_back(d.format());
  }
  return out;
}

Error Diagnostics::to_error() const {
  CHECK(has_errors(), "an error is made of errors");
  const std::vector<std::string> messages = errors();
  if (messages.size() == 1) return Error(ErrorCode::InvalidArgument, messages[0]);
  std::string text = fmt::format("{} errors occurred:", error_count_);
  for (const std::string& message : messages) text += "\n\t* " + replace_all(message, "\n", "\n\t  ");
  return Error(ErrorCode::InvalidArgument, std::move(text));
}

}  // namespace drover
