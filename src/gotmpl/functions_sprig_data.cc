#include "gotmpl/functions.h"
namespace drover::gotmpl {
std::span<const Function> sprig_data_functions() {
  return {};
}
}  // namespace drover::gotmpl
