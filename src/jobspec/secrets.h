#pragma once

#include <set>
#include <string>

#include "base/diagnostics.h"
#include "hcl/value.h"

namespace drover::jobspec {

// Texts that no message may show: the values of sensitive variables.
class Secrets {
 public:
  // All strings and numbers in a value.
  void add(const hcl::Value& value);
  void add_text(const std::string& text);

  // The same diagnostics with "(sensitive)" for each secret, and for what is shown of one that is cut short.
  Diagnostics hide(const Diagnostics& diagnostics) const;

 private:
  std::string hide(std::string text) const;

  std::set<std::string> texts_;  // as messages show them
};

}  // namespace drover::jobspec
