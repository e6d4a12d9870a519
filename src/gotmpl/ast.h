#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gotmpl/constants.h"
#include "gotmpl/value.h"

namespace drover::gotmpl {

struct Function;
struct Pipe;

// Offsets into the text of the template.
struct Range {
  uint32_t begin = 0;
  uint32_t end = 0;
};

// A term with the fields behind it: `.a.b`, `$x.y`, `"text"`, `f`, `(pipeline).z`.
struct Operand {
  enum class Kind : uint8_t { Dot, Nil, Constant, Number, Field, Variable, Function, Group };

  Kind kind = Kind::Dot;
  Range range;
  Value constant;                      // Constant
  NumberConstant number;               // Number
  std::string name;                    // Variable ("$x"), Function
  const Function* function = nullptr;  // Function
  std::unique_ptr<Pipe> group;         // Group
  std::vector<std::string> fields;     // behind it; all there is for a Field
};

struct Command {
  Range range;
  std::vector<Operand> args;  // never empty
};

struct Pipe {
  Range range;
  std::vector<std::string> variables;
  bool assigns = false;  // `=`, not `:=`
  std::vector<Command> commands;
};

struct Statement {
  enum class Kind : uint8_t { Text, Action, If, Range, With, Template, Break, Continue };

  Kind kind = Kind::Text;
  Range range;
  std::string text;            // Text: as it is; Template: the name
  std::unique_ptr<Pipe> pipe;  // null only for Text, Break, Continue, and a Template without data
  std::vector<Statement> body;
  std::vector<Statement> otherwise;
};

using Body = std::vector<Statement>;

struct Tree {
  std::string name;  // of the file, for messages
  std::string text;
  Body root;
  std::map<std::string, Body, std::less<>> templates;
};

}  // namespace drover::gotmpl
