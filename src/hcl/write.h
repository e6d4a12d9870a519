#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hcl/value.h"

namespace drover::hcl {

// Whether `${root.…}` belongs to the client and is written as it is. Every other `${` is text and becomes `$${`.
using IsClientRoot = bool (*)(std::string_view root);

// A text as a string of HCL that evaluates to it.
std::string quoted(std::string_view text, IsClientRoot is_client_root = nullptr);

// Whether a name can stand for itself as the name of an argument or a key.
bool is_plain_name(std::string_view name);

// Writes a body in canonical layout, argument by argument and block by block, such that it reads back to what was
// written. Strings of several lines become heredocs where they can.
class Writer {
 public:
  explicit Writer(IsClientRoot is_client_root = nullptr) : is_client_root_(is_client_root) {}

  void attribute(std::string_view name, const Value& value);
  void open(std::string_view type, const std::vector<std::string>& labels = {});
  void close();  // REQUIRES an open block.

  // All that was written. REQUIRES that every block is closed.
  std::string finish();

 private:
  enum class Last : uint8_t { Opening, Attribute, Block };

  void blank_line_before(Last next);
  void append(const Value& value);
  void append_string(const std::string& text);
  void append_list(const Value::List& list);
  void append_object(const Object& object);

  const IsClientRoot is_client_root_;
  std::string out_;
  size_t depth_ = 0;
  Last last_ = Last::Opening;
};

}  // namespace drover::hcl
