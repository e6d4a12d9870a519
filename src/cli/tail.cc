#include "cli/tail.h"

#include <algorithm>

namespace drover::cli {
namespace {

constexpr uint64_t kBytesPerLine = 200;  // a first guess
constexpr uint64_t kMaxTail = 64 << 20;

net::StringPairs from_end(net::StringPairs query, uint64_t bytes) {
  query.emplace_back("origin", "end");
  query.emplace_back("offset", std::to_string(bytes));
  return query;
}

Status copy_all(const Session& session, ApiClient& api, const std::string& path, net::StringPairs query, bool follow) {
  if (follow) query.emplace_back("follow", "true");
  return api.stream(path, std::move(query), [&](std::string_view chunk) { return session.console.raw(chunk); });
}

struct Tail {
  std::string text;    // the last bytes
  uint64_t asked = 0;  // how many were asked for: fewer came if that is all there is
};

// At least `lines` lines, if there are so many.
Result<Tail> read_tail(ApiClient& api, const std::string& path, const net::StringPairs& query, uint64_t lines) {
  Tail tail;
  for (tail.asked = std::clamp<uint64_t>(lines * kBytesPerLine, kBytesPerLine, kMaxTail);; tail.asked *= 8) {
    tail.text.clear();
    TRY(api.stream(path, from_end(query, tail.asked), [&](std::string_view chunk) {
      tail.text += chunk;
      return tail.text.size() <= 2 * kMaxTail;
    }));
    const bool all = tail.text.size() < tail.asked;
    if (all || last_lines_start(tail.text, lines) > 0 || tail.asked >= kMaxTail) return tail;
  }
}

// Follows from the same place from the end that `tail` was read from, and leaves out the first `skip` bytes. Should
// more have been written in between, that place has moved on: then it goes on to the next line.
Status follow_after(const Session& session, ApiClient& api, const std::string& path, const net::StringPairs& query,
                    const Tail& tail, size_t skip) {
  char before = '\n';
  auto query_follow = from_end(query, tail.asked);
  query_follow.emplace_back("follow", "true");
  return api.stream(path, std::move(query_follow), [&](std::string_view chunk) {
    const size_t skipped = std::min(skip, chunk.size());
    if (skipped > 0) before = chunk[skipped - 1];
    skip -= skipped;
    chunk.remove_prefix(skipped);
    if (chunk.empty()) return true;
    if (before != '\n') {
      const size_t end = chunk.find('\n');
      if (end == std::string_view::npos) return true;
      chunk.remove_prefix(end + 1);
      before = '\n';
    }
    return session.console.raw(chunk);
  });
}

}  // namespace

size_t last_lines_start(std::string_view text, uint64_t lines) {
  if (lines == 0) return text.size();
  size_t at = text.size();
  if (text.ends_with('\n')) --at;
  for (; at > 0; --at) {
    if (text[at - 1] == '\n' && --lines == 0) return at;
  }
  return 0;
}

Status copy_tail(const Session& session, ApiClient& api, const std::string& path, net::StringPairs query,
                 const TailOptions& options) {
  if (options.bytes) return copy_all(session, api, path, from_end(std::move(query), *options.bytes), options.follow);
  if (!options.lines) {
    query.emplace_back("origin", "start");
    query.emplace_back("offset", "0");
    return copy_all(session, api, path, std::move(query), options.follow);
  }
  TRY_LET(const Tail tail, read_tail(api, path, query, *options.lines));
  const size_t start = last_lines_start(tail.text, *options.lines);
  if (options.follow) return follow_after(session, api, path, query, tail, start);
  session.console.raw(std::string_view(tail.text).substr(start));
  return Ok{};
}

}  // namespace drover::cli
