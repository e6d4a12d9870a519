#include "cli/fetch_text.h"

#include "cli/console.h"
#include "cli/socket.h"
#include "net/http_client.h"
#include "net/redirect.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace drover::cli {
namespace {

constexpr int kMaxRedirections = 5;
constexpr Duration kMaxTime = std::chrono::seconds(30);

struct Place {
  std::string scheme;
  std::string authority;
  std::string target;  // path and query, not empty

  std::string origin() const { return scheme + "://" + authority; }
};

Result<Place> parse_place(std::string_view url) {
  const std::string_view whole = url.substr(0, url.find('#'));
  const size_t colon = whole.find("://");
  const std::string scheme(whole.substr(0, std::min(colon, whole.size())));
  const bool printable = std::ranges::none_of(whole, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
  if (colon == std::string_view::npos || !printable || (scheme != "http" && scheme != "https")) {
    return err(ErrorCode::InvalidArgument, "\"{}\" is no http or https URL", safe_text(url));
  }
  const std::string_view rest = whole.substr(colon + 3);
  const size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string target(rest.substr(end));
  if (!target.starts_with('/')) target.insert(0, "/");
  return Place{.scheme = scheme, .authority = std::string(rest.substr(0, end)), .target = std::move(target)};
}

// `location` as it stands in an answer of `from`: a URL, or the part of one in which it differs.
Result<Place> redirected(const Place& from, const std::string& location) {
  const std::string url = net::resolve_location(from.origin() + from.target, location);
  TRY_LET(Place to, parse_place(url));
  if (from.scheme == "https" && to.scheme == "http") {
    return err(ErrorCode::PermissionDenied, "it is redirected from https to \"{}\"", safe_text(url));
  }
  return to;
}

net::Task<Result<std::string>> fetch(Place place, size_t limit) {
  for (int redirections = 0; redirections <= kMaxRedirections; ++redirections) {
    CO_TRY_LET(const auto client, net::HttpClient::create(place.origin()));
    CO_TRY_LET(net::HttpStream answer, co_await client.open({.target = place.target}, {.idle = kMaxTime}));
    if (answer.status() == 200) co_return co_await answer.read_all(limit);
    const std::string location(answer.headers().get("Location"));
    if (answer.status() / 100 != 3 || location.empty()) {
      co_return err(ErrorCode::Internal, "the server answered {} {}", answer.status(),
                    net::http_reason(answer.status()));
    }
    CO_TRY_LET(place, redirected(place, location));
  }
  co_return err(ErrorCode::Internal, "it is redirected more than {} times", kMaxRedirections);
}

}  // namespace

Result<std::string> fetch_text(const std::string& url, size_t limit) {
  TRY_LET(const Place place, parse_place(url));
  std::optional<Result<std::string>> text;
  run_to_end("fetch", [&]() -> net::Task<void> {
    text = co_await net::with_timeout(kMaxTime, "the answer", fetch(place, limit));
  });
  if (!text) return err(ErrorCode::Cancelled, "interrupted");
  // Unavailable is the agent only (api_client.h).
  if (!*text) return err(Error(ErrorCode::Internal, text->error().message()));
  return std::move(*text);
}

std::string file_name_of_url(std::string_view url) {
  const auto place = parse_place(url);
  if (!place) return {};
  const std::string path = place->target.substr(0, place->target.find('?'));
  return path.substr(path.rfind('/') + 1);
}

}  // namespace drover::cli
