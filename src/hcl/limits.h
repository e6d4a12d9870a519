#pragma once

#include <cstddef>

namespace drover::hcl {

// What one text may cost. Exceeding any of these is reported like any other mistake in the text.
struct Limits {
  size_t text_bytes = 16u << 20;
  size_t nesting = 200;      // Blocks, brackets, templates and unary operators within each other.
  size_t chain = 500;        // Depth of the tree that a chain such as `a + b + c …` makes.
  size_t steps = 500'000;    // Expression nodes evaluated and elements visited by functions.
  size_t bytes = 16u << 20;  // All that an evaluation produces, counted before any sharing.
};

}  // namespace drover::hcl
