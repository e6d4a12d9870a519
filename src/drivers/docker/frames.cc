#include "drivers/docker/frames.h"

#include "base/strings.h"

#include <chrono>
#include <optional>

namespace drover::drivers {
namespace {

constexpr size_t kHeader = 8;
constexpr size_t kMaxFrame = 64 << 20;

size_t frame_size(std::string_view header) {
  size_t size = 0;
  for (size_t i = 4; i < kHeader; i++) size = size << 8 | static_cast<unsigned char>(header[i]);
  return size;
}

std::optional<int> number(std::string_view text, size_t at, size_t length) {
  if (at + length > text.size()) return std::nullopt;
  const auto value = parse_uint(text.substr(at, length));
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

// The part from the "." on of "…05.123456789Z".
std::optional<int64_t> fraction(std::string_view digits) {
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  auto value = parse_uint(digits);
  if (!value) return std::nullopt;
  for (size_t i = digits.size(); i < 9; i++) *value *= 10;
  return static_cast<int64_t>(*value);
}

// "Z", "+02:00" or "-02:00" in seconds.
std::optional<int64_t> zone(std::string_view text) {
  if (text == "Z") return 0;
  const auto hours = number(text, 1, 2), minutes = number(text, 4, 2);
  if (text.size() != 6 || !hours || !minutes) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (*hours * 3600 + *minutes * 60);
}

// RFC 3339 with any number of digits in the fraction.
std::optional<int64_t> parse_time(std::string_view text) {
  constexpr size_t kSeconds = 19;  // "2024-01-02T03:04:05"
  const auto year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
  const auto hour = number(text, 11, 2), minute = number(text, 14, 2), second = number(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second || text[10] != 'T') return std::nullopt;
  std::string_view rest = text.substr(kSeconds);
  int64_t nanos = 0;
  if (rest.starts_with('.')) {
    const size_t end = rest.find_first_of("Z+-");
    const auto parsed = end == std::string_view::npos ? std::nullopt : fraction(rest.substr(1, end - 1));
    if (!parsed) return std::nullopt;
    nanos = *parsed;
    rest.remove_prefix(end);
  }
  const auto offset = zone(rest);
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!offset || !date.ok()) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t seconds = days * 86400 + *hour * 3600 + *minute * 60 + *second - *offset;
  return seconds * 1'000'000'000 + nanos;
}

}  // namespace

Status FrameParser::feed(std::string_view bytes, const OnFrame& on_frame) {
  pending_ += bytes;
  std::string_view rest = pending_;
  while (!rest.empty()) {
    if (format_ == Format::Lines) {
      const size_t newline = rest.find('\n');
      if (newline == std::string_view::npos) break;
      on_frame(Stream::Out, rest.substr(0, newline + 1));
      rest.remove_prefix(newline + 1);
      continue;
    }
    if (rest.size() < kHeader) break;
    const size_t size = frame_size(rest);
    if (rest[0] < 0 || rest[0] > 3 || size > kMaxFrame) {
      return err(ErrorCode::Internal, "the docker daemon sent output that is not in frames");
    }
    if (rest.size() < kHeader + size) break;
    on_frame(rest[0] == 2 ? Stream::Err : Stream::Out, rest.substr(kHeader, size));
    rest.remove_prefix(kHeader + size);
  }
  pending_.erase(0, pending_.size() - rest.size());
  return Ok{};
}

void FrameParser::finish(const OnFrame& on_frame) {
  if (format_ == Format::Lines && !pending_.empty()) on_frame(Stream::Out, pending_);
  pending_.clear();
}

LogEntry parse_log_entry(std::string_view payload) {
  const size_t space = payload.find(' ');
  const auto time = space == std::string_view::npos ? std::nullopt : parse_time(payload.substr(0, space));
  if (!time) return {.text = payload};
  return {.unix_nanos = *time, .text = payload.substr(space + 1)};
}

}  // namespace drover::drivers
