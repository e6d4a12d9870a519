#include "model/constraint.h"

namespace drover::model {

std::string to_string(const Constraint& constraint) {
  std::string text = constraint.ltarget;
  for (const std::string& part : {constraint.operand, constraint.rtarget}) {
    if (!text.empty() && !part.empty()) text += ' ';
    text += part;
  }
  return text;
}

}  // namespace drover::model
