#include "assets/url.h"

#include "base/strings.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace drover::assets {
namespace {

constexpr size_t kMaxUrl = 16 << 10;
constexpr std::array<std::string_view, 10> kHarmlessParameters = {
    "archive", "checksum", "depth", "filename", "recursive", "ref", "region", "rev", "version", "list-type"};

bool is_plain(unsigned char c) {
  return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == '~';
}

std::string escape(std::string_view text, std::string_view also_plain) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain(byte) || also_plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string decode(std::string_view text, bool plus_is_space) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    const bool escaped =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    if (escaped) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  return out;
}

Status check_host(const Url& url) {
  const bool valid =
      std::ranges::all_of(url.host, [](unsigned char c) { return is_plain(c) || c == '[' || c == ']' || c == ':'; });
  if (url.host.empty() || url.host.front() == '-' || !valid) {
    return err(ErrorCode::InvalidArgument, "\"{}\" is no host", printable(url.host, 80));
  }
  if (!url.port.empty() && parse_uint(url.port).value_or(65536) > 65535) {
    return err(ErrorCode::InvalidArgument, "\"{}\" is no port", printable(url.port, 80));
  }
  return Ok{};
}

void parse_authority(std::string_view text, Url& url) {
  if (const size_t at = text.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = text.substr(0, at);
    const size_t colon = user.find(':');
    url.user = decode(user.substr(0, colon), false);
    if (colon != std::string_view::npos) url.password = decode(user.substr(colon + 1), false);
    text.remove_prefix(at + 1);
  }
  const size_t after_address = text.starts_with('[') ? text.find(']') : 0;
  const size_t colon = text.find(':', after_address == std::string_view::npos ? 0 : after_address);
  url.host = to_lower(text.substr(0, colon));
  if (colon != std::string_view::npos) url.port = text.substr(colon + 1);
}

std::string port_of(const Url& url) {
  if (!url.port.empty()) return url.port;
  return url.scheme == "https" ? "443" : url.scheme == "http" ? "80" : "";
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const bool clean = std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c != 0x7f; });
  if (!clean || text.size() > kMaxUrl) {
    return err(ErrorCode::InvalidArgument, "\"{}\" has a space or a control character in it, or is too long",
               redact_url(text));
  }
  const size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) {
    return err(ErrorCode::InvalidArgument, "\"{}\" is no URL", redact_url(text));
  }
  Url url;
  url.scheme = to_lower(text.substr(0, scheme_end));
  text.remove_prefix(scheme_end + 3);
  text = text.substr(0, text.find('#'));
  const size_t question = text.find('?');
  const std::string_view query = question == std::string_view::npos ? "" : text.substr(question + 1);
  text = text.substr(0, question);
  const size_t slash = text.find('/');
  parse_authority(text.substr(0, slash), url);
  if (slash != std::string_view::npos) url.path = text.substr(slash);
  TRY(check_host(url));
  for (const std::string& part : split(query, '&')) {
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    const std::string value = equals == std::string::npos ? "" : decode(part.substr(equals + 1), true);
    url.query.emplace_back(decode(part.substr(0, equals), true), value);
  }
  return url;
}

std::string to_text(const Url& url) {
  std::string out = url.scheme + "://" + url.host;
  if (!url.port.empty()) out += ":" + url.port;
  out += url.path;
  char separator = '?';
  for (const auto& [name, value] : url.query) {
    out += separator + escape_component(name) + "=" + escape_component(value);
    separator = '&';
  }
  return out;
}

std::optional<std::string> take_parameter(Url& url, std::string_view name) {
  std::optional<std::string> found;
  std::erase_if(url.query, [&](const auto& parameter) {
    if (parameter.first != name) return false;
    if (!found) found = parameter.second;
    return true;
  });
  return found;
}

std::string escape_component(std::string_view text) {
  return escape(text, "");
}

std::string escape_path(std::string_view text) {
  return escape(text, "/");
}

std::string unescape(std::string_view text) {
  return decode(text, false);
}

bool same_origin(const Url& a, const Url& b) {
  return a.scheme == b.scheme && a.host == b.host && port_of(a) == port_of(b);
}

std::string redact_url(std::string_view source) {
  const size_t question = source.find('?');
  std::string out(source.substr(0, question));
  const size_t scheme_end = out.find("://");
  if (scheme_end != std::string::npos) {
    const size_t start = scheme_end + 3;
    const size_t slash = out.find('/', start);
    const size_t at = out.rfind('@', slash);
    const size_t colon = out.find(':', start);
    if (at != std::string::npos && at >= start && colon < at) out.replace(colon + 1, at - colon - 1, "redacted");
  }
  if (question == std::string_view::npos) return printable(out, 500);
  char separator = '?';
  for (const std::string& part : split(source.substr(question + 1), '&')) {
    const size_t equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const bool harmless = std::ranges::find(kHarmlessParameters, name) != kHarmlessParameters.end();
    out += separator + (harmless || equals == std::string::npos ? part : name + "=redacted");
    separator = '&';
  }
  return printable(out, 500);
}

}  // namespace drover::assets
