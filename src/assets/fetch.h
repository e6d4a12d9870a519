#pragma once

#include "assets/http_client.h"
#include "assets/request.h"
#include "assets/source.h"
#include "base/clock.h"

#include <functional>
#include <map>
#include <string>

namespace drover::assets {

struct FetchContext {
  const Clock& clock;
  std::string work;                        // an empty directory of this process alone
  std::map<std::string, std::string> env;  // what the operator lets through: proxies, AWS_…
  std::function<void(const Progress&)> on_progress;
  std::function<void(Duration)> pause;
};

// Downloads, verifies and unpacks into <work>/out. Blocks. Runs in the helper process (helper.h), and for tests
// anywhere.
Result<Fetched> fetch(const FetchContext& context, const FetchRequest& request);

// How long the download of a source may take.
Duration timeout_of(Getter getter, const FetchLimits& limits);

}  // namespace drover::assets
