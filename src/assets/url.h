#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace drover::assets {

// An absolute URL in parts. Path as written (escaped); query, user and password decoded.
struct Url {
  std::string scheme;  // lower case
  std::string user;
  std::string password;
  std::string host;  // lower case; IPv6 with its brackets
  std::string port;  // "": the scheme's
  std::string path;  // starts with "/", or is empty
  std::vector<std::pair<std::string, std::string>> query;
};

// Refuses what a program that gets the URL might take for something else: control characters, spaces, a host that
// starts with "-".
Result<Url> parse_url(std::string_view text);

// With the query as it stands, escaped. Credentials are left out.
std::string to_text(const Url& url);

// The first value of a parameter, which is removed from the query.
std::optional<std::string> take_parameter(Url& url, std::string_view name);

// Every byte but letters, digits and "-._~" (and "/" for paths) as %XX, as signatures of S3 want it.
std::string escape_component(std::string_view text);
std::string escape_path(std::string_view text);
std::string unescape(std::string_view text);

// The same place without the scheme's default port: "host:443" of https.
bool same_origin(const Url& a, const Url& b);

// For messages, events and logs: no password, and of the query only the values of parameters that are no secret. Works
// for any text, also for sources that are no URLs.
std::string redact_url(std::string_view source);

}  // namespace drover::assets
