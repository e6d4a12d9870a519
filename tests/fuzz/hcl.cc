// HCL: any text is parsed, and evaluated as an expression, without harm and within its limits.

#include <cstdint>

#include "hcl/eval.h"
#include "hcl/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace drover;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(hcl::parse(text, "fuzz.hcl"));
  const hcl::Expression expression = hcl::parse_expression(text, "fuzz");
  if (!expression.expr) return 0;
  Diagnostics diagnostics;
  hcl::Evaluator evaluator({}, diagnostics);
  const auto value = evaluator.evaluate(*expression.expr, hcl::Scope());
  if (!value && !diagnostics.has_errors()) __builtin_trap();  // whoever fails says why
  return 0;
}
