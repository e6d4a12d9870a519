#include "expose/reason_page.h"

#include "base/strings.h"
#include "codec/json.h"

namespace drover::expose {
namespace {

constexpr int kRetrySeconds = 2;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string page(const Route& route, bool comes_back) {
  std::string out = "<!doctype html><html><head><meta charset=\"utf-8\">";
  if (comes_back) out += fmt::format("<meta http-equiv=\"refresh\" content=\"{}\">", kRetrySeconds);
  out += fmt::format("<title>{0} {1}</title></head><body><h1>{1}</h1><p>{2}</p>", route.status, escaped(route.reason),
                     escaped(route.message));
  if (!route.job.empty()) out += fmt::format("<p>Job {}, task {}</p>", escaped(route.job), escaped(route.task));
  return out + "</body></html>\n";
}

}  // namespace

net::HttpResponse reason_response(const Route& route, const net::HttpHeaders& request) {
  const bool comes_back = route.status == 503;
  net::HttpResponse response;
  if (request.get("Accept").find("text/html") != std::string_view::npos) {
    response = net::text_response(route.status, page(route, comes_back));
    response.headers.set("Content-Type", "text/html; charset=utf-8");
  } else {
    codec::Value body =
        codec::Value::Object{{"status", int64_t{route.status}}, {"reason", route.reason}, {"message", route.message}};
    if (!route.job.empty()) body.set("job", route.job);
    if (!route.task.empty()) body.set("task", route.task);
    response = net::json_response(route.status, codec::dump(body));
  }
  response.headers.set("Cache-Control", "no-store");
  if (comes_back) response.headers.set("Retry-After", std::to_string(kRetrySeconds));
  return response;
}

}  // namespace drover::expose
