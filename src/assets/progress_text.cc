#include "assets/progress_text.h"

#include <fmt/format.h>

namespace drover::assets {

std::string size_text(uint64_t bytes) {
  if (bytes >= 1'000'000'000) return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string progress_text(std::string_view what, const Progress& progress) {
  std::string text = fmt::format("downloading {}: {}", what, size_text(progress.bytes));
  if (progress.total > 0) {
    text += fmt::format(" of {} ({} %)", size_text(progress.total), progress.bytes * 100 / progress.total);
  }
  return text + fmt::format(" at {}/s", size_text(progress.bytes_per_second));
}

}  // namespace drover::assets
