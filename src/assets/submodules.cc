#include "assets/submodules.h"

#include "assets/source.h"
#include "base/strings.h"

#include <map>

namespace drover::assets {
namespace {

bool is_relative(std::string_view address) {
  return address.starts_with("./") || address.starts_with("../");
}

}  // namespace

std::vector<Submodule> parse_submodules(std::string_view listing) {
  constexpr std::string_view kSection = "submodule.";
  std::map<std::string, Submodule> sections;
  for (const std::string& entry : split(listing, '\0')) {
    const size_t end = entry.find('\n');
    const std::string key = entry.substr(0, end);
    const size_t dot = key.rfind('.');
    if (!key.starts_with(kSection) || end == std::string::npos || dot < kSection.size()) continue;
    const std::string name = key.substr(kSection.size(), dot - kSection.size());
    const std::string variable = key.substr(dot + 1);
    const std::string value = entry.substr(end + 1);
    Submodule& section = sections[name];
    section.name = name;
    if (variable == "path") section.path = value;
    if (variable == "url") section.url = value;
    if (variable == "update") section.skipped = value == "none";
  }
  std::vector<Submodule> out;
  for (auto& [name, section] : sections) {
    if (!section.path.empty() && !section.url.empty()) out.push_back(std::move(section));
  }
  return out;
}

Result<Url> submodule_address(const Url& repository, std::string_view written) {
  if (!is_relative(written)) {
    TRY_LET(Source source, parse_source("git::" + std::string(written), {}));
    return std::move(source.url);
  }
  Url url = repository;
  while (url.path.ends_with('/')) url.path.pop_back();
  while (is_relative(written)) {
    const bool up = written.starts_with("../");
    written.remove_prefix(up ? 3 : 2);
    if (!up) continue;
    if (url.path.empty()) return err(ErrorCode::InvalidArgument, "its address leaves the server");
    url.path.resize(url.path.rfind('/'));
  }
  url.path += "/" + escape_path(written);
  return url;
}

}  // namespace drover::assets
