#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace drover::api {

// Makes compact JSON pretty, with four spaces a level; the text may come in any pieces.
class JsonIndenter {
 public:
  void append(std::string& out, std::string_view compact);

 private:
  void new_line(std::string& out) const;

  size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool just_opened_ = false;
};

std::string indent_json(std::string_view compact);

}  // namespace drover::api
