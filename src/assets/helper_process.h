#pragma once

#include "assets/request.h"
#include "sys/fd.h"

#include <functional>
#include <string>
#include <vector>

namespace drover::assets {

// One run of the process that reads from the network (helper.h).
struct HelperRun {
  std::string program;
  std::string argument;
  std::vector<std::string> environment;
  std::string order;         // its standard input
  int work = -1;             // the descriptor of its working directory
  const sys::Fd& cancelled;  // at its end once nobody wants the result
  Duration limit{};
  std::function<void(const Progress&)> on_progress;  // on this thread
};

// Blocks until the process has said its result; then it is gone, with all that it has started.
Result<Fetched> run_helper_process(const HelperRun& run);

}  // namespace drover::assets
