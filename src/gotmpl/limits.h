#pragma once

#include <cstddef>
#include <cstdint>

namespace drover::gotmpl {

// What a template may cost. A template is written by whoever may submit a job: it must not be able to hold up or fill
// the agent that renders it.
struct Limits {
  // Parsing.
  size_t text_bytes = size_t{4} << 20;
  uint32_t nesting = 100;  // blocks and parentheses within each other

  // Rendering.
  size_t output_bytes = size_t{16} << 20;
  size_t value_bytes = size_t{256} << 20;  // made by functions, all in all
  uint64_t steps = 5'000'000;              // evaluated operands, passes of loops, items looked at
  uint64_t loop_passes = 1'000'000;        // of one `range`
  uint32_t depth = 300;                    // templates, blocks and parentheses being evaluated within each other
  uint32_t dependencies = 1000;
};

}  // namespace drover::gotmpl
