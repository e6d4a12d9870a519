#include "sim/trace.h"

#include <cstdio>

namespace drover::sim {

void Trace::add(std::string_view text) {
  const double seconds = std::chrono::duration<double>(clock_.mono() - start_).count();
  std::string line = fmt::format("{:6} {:12.6f} {}", ++count_, seconds, text);
  for (const char c : line) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  if (echo_) std::fprintf(stderr, "%s\n", line.c_str());
  kept_.push_back(std::move(line));
  if (kept_.size() > kKept) kept_.pop_front();
}

std::string Trace::tail() const {
  std::string out;
  for (const std::string& line : kept_) out += line + '\n';
  return out;
}

}  // namespace drover::sim
