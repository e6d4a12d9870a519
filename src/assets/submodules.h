#pragma once

#include "assets/url.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace drover::assets {

// One section of a .gitmodules.
struct Submodule {
  std::string name;
  std::string path;
  std::string url;       // as written; may be relative
  bool skipped = false;  // "update = none"
};

// From what `git config -z --list` prints of the file. Sections without a path or a URL are left out.
std::vector<Submodule> parse_submodules(std::string_view listing);

// "./" and "../" start at the repository itself. PermissionDenied for what reads this machine's own files.
Result<Url> submodule_address(const Url& repository, std::string_view written);

}  // namespace drover::assets
