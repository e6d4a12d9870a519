#include "cli/market_options.h"

#include "base/duration.h"
#include "base/strings.h"

namespace drover::cli {

std::vector<OptionSpec> with_market_options(std::vector<OptionSpec> own) {
  own.push_back({"market", "name", "The market whose nodes run the job, by its slug or address: its node pool."});
  own.push_back({"timeout", "minutes",
                 "How long the job may run from its first placement on: minutes, or with a unit (\"90m\", \"2h\")."});
  return own;
}

Result<Duration> parse_timeout(std::string_view text) {
  const auto minutes = parse_uint(text);
  constexpr uint64_t kMaxMinutes = 10 * 366 * 24 * 60;
  if (minutes && *minutes > 0 && *minutes <= kMaxMinutes) return Duration(std::chrono::minutes(*minutes));
  const auto parsed = parse_duration(text);
  if (minutes || !parsed || *parsed <= Duration(0)) {
    return err(ErrorCode::InvalidArgument, "\"{}\" is no timeout: give minutes, or a duration such as \"90m\"",
               printable(text, 40));
  }
  return *parsed;
}

Status apply_market_options(const Session& session, codec::Value& job) {
  const std::string market = session.args.get("market");
  if (!market.empty()) job.set("NodePool", market);
  const std::string timeout = session.args.get("timeout");
  if (timeout.empty()) return Ok{};
  TRY_LET(const Duration parsed, during("reading -timeout", parse_timeout(timeout)));
  job.set("Timeout", static_cast<int64_t>(parsed.count()));
  return Ok{};
}

}  // namespace drover::cli
