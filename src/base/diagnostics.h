#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace drover {

// A place in a text: 1-based line and column (in bytes); line 0 means unknown.
struct SourcePos {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
};

// One problem: where it is (a position in the source, a field path such as `TaskGroups[0].Count`, or both), what is
// wrong and what would be right.
struct Diagnostic {
  enum class Severity : uint8_t { Error, Warning };

  Severity severity = Severity::Error;
  std::string message;
  std::string path;
  SourcePos pos;
  std::string source_line;  // The line that `pos` points into, to be shown with a caret; empty if not at hand.

  // "job.nomad:3:7: message", or "TaskGroups[0].Count: message"; with the line and a caret below when there is one.
  std::string format() const;
};

// All problems of one input, in the order found. Holds at most kLimit of each severity and counts the rest.
class Diagnostics {
 public:
  static constexpr size_t kLimit = 100;

  void add(Diagnostic diagnostic);
  void error(std::string path, std::string message);
  void warning(std::string path, std::string message);
  void append(const Diagnostics& other);

  bool has_errors() const { return error_count_ > 0; }
  size_t error_count() const { return error_count_; }
  const std::vector<Diagnostic>& all() const { return all_; }
  std::vector<std::string> errors() const;
  std::vector<std::string> warnings() const;

  // All errors as one InvalidArgument error: "N errors occurred:\n\t* …" (Nomad's multierror shape) or the single
  // message. REQUIRES has_errors().
  Error to_error() const;

 private:
  std::vector<Diagnostic> all_;
  size_t error_count_ = 0;
  size_t warning_count_ = 0;
};

}  // namespace drover
