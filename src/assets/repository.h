#pragma once

#include "assets/download.h"
#include "assets/source.h"
#include "base/clock.h"

#include <map>
#include <string>

namespace drover::assets {

struct RepositoryContext {
  const DownloadContext& download;         // to follow redirections by our rules
  std::map<std::string, std::string> env;  // proxies and the like
  std::string work;                        // absolute; the repository goes to <work>/out
};

// Checks a revision out with the git or hg program of this machine, and the submodules that it names. No hooks, no
// configuration but ours, no protocols but http, https, ssh and git's own; nothing is ever asked for. Blocks.
Status fetch_git(const RepositoryContext& context, const Source& source);
Status fetch_hg(const RepositoryContext& context, const Source& source);

// What could be taken for an option by a program is refused.
Status check_revision(std::string_view revision);

}  // namespace drover::assets
