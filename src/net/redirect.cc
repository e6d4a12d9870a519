#include "net/redirect.h"

#include <algorithm>

namespace drover::net {

bool is_redirection(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string resolve_location(std::string_view url, std::string_view location) {
  url = url.substr(0, url.find('#'));
  location = location.substr(0, location.find('#'));
  const std::string text(location);
  const size_t origin = std::min(url.find_first_of("/?", url.find("://") + 3), url.size());
  const std::string_view path = url.substr(origin, std::min(url.find('?', origin), url.size()) - origin);
  if (text.starts_with("//")) return std::string(url.substr(0, url.find("//"))) + text;
  if (text.starts_with('/')) return std::string(url.substr(0, origin)) + text;
  if (text.starts_with('?')) return std::string(url.substr(0, origin)) + std::string(path) + text;
  if (text.substr(0, text.find_first_of("/?")).find(':') != std::string::npos) return text;
  const std::string directory(path.empty() ? "/" : path.substr(0, path.rfind('/') + 1));
  return std::string(url.substr(0, origin)) + directory + text;
}

}  // namespace drover::net
