#include "api/request.h"

#include "base/duration.h"
#include "base/strings.h"
#include "codec/json.h"

namespace drover::api {

Result<Request> read_request(const net::HttpRequest& http, std::string id) {
  Request request{.http = http, .id = std::move(id)};
  const net::HttpQuery& query = http.query;
  if (const auto ns = query.get("namespace"); !ns.empty()) request.ns = ns;
  request.region = query.get("region");
  request.prefix = query.get("prefix");
  if (const auto pretty = query.find("pretty")) request.pretty = *pretty != "0" && *pretty != "false";
  if (const auto text = query.get("index"); !text.empty()) {
    const auto index = parse_uint(text);
    if (!index) return err(ErrorCode::InvalidArgument, "Invalid index");
    request.min_index = *index;
  }
  if (const auto text = query.get("wait"); !text.empty()) {
    const auto wait = parse_duration(text);
    if (!wait || *wait < Duration::zero()) return err(ErrorCode::InvalidArgument, "Invalid wait time");
    request.wait = *wait;
  }
  TRY_LET(const int64_t per_page, size_param(request, "per_page"));
  request.per_page = static_cast<size_t>(per_page);
  request.next_token = query.get("next_token");
  for (const std::string_view name : {"filter", "reverse"}) {
    if (!query.get(name).empty()) {
      return err(ErrorCode::InvalidArgument, "the parameter \"{}\" is not supported by drover", name);
    }
  }
  return request;
}

Result<bool> bool_param(const Request& request, std::string_view name, bool absent) {
  const auto text = request.http.query.find(name);
  if (!text) return absent;
  const std::string value = to_lower(*text);
  if (value.empty() || value == "1" || value == "t" || value == "true") return true;
  if (value == "0" || value == "f" || value == "false") return false;
  return err(ErrorCode::InvalidArgument, "Failed to parse value of \"{}\" ({}) as a bool", name, printable(*text));
}

Result<int64_t> size_param(const Request& request, std::string_view name) {
  const std::string_view text = request.param(name);
  if (text.empty()) return 0;
  const auto number = parse_int(text);
  if (!number || *number < 0) return err(ErrorCode::InvalidArgument, "error parsing {}: {}", name, printable(text));
  return *number;
}

Result<codec::Value> read_json_object(const Request& request) {
  if (trim(request.http.body).empty()) return err(ErrorCode::InvalidArgument, "the request has no body");
  auto value = codec::parse_json(request.http.body);
  if (!value) return err(ErrorCode::InvalidArgument, "{}", value.error().message());
  if (!value->as_object()) {
    return err(ErrorCode::InvalidArgument, "the body must be a JSON object, not a {}", value->type_name());
  }
  return value;
}

}  // namespace drover::api
