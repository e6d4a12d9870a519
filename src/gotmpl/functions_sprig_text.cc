#include "gotmpl/functions.h"
namespace drover::gotmpl {
std::span<const Function> sprig_text_functions() {
  return {};
}
}  // namespace drover::gotmpl
