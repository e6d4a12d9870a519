#include "gotmpl/paths.h"

#include <vector>

#include "base/strings.h"

namespace drover::gotmpl {

std::string path_clean(std::string_view path) {
  const bool rooted = path.starts_with('/');
  std::vector<std::string> out;
  for (std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      out.push_back(std::move(part));
    } else if (!out.empty() && out.back() != "..") {
      out.pop_back();
    } else if (!rooted) {
      out.push_back(std::move(part));
    }
  }
  const std::string text = (rooted ? "/" : "") + join(out, "/");
  return text.empty() ? "." : text;
}

std::string path_base(std::string_view path) {
  if (path.empty()) return ".";
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return "/";
  return std::string(path.substr(path.rfind('/') + 1));  // npos + 1 is 0
}

std::string path_dir(std::string_view path) {
  return path_clean(path.substr(0, path.rfind('/') + 1));
}

std::string path_ext(std::string_view path) {
  const std::string_view base = path.substr(path.rfind('/') + 1);
  const size_t dot = base.rfind('.');
  return dot == std::string_view::npos ? "" : std::string(base.substr(dot));
}

}  // namespace drover::gotmpl
