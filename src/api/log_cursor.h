#pragma once

#include "base/result.h"
#include "rpc/messages.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace drover::api {

// How far one stream of a task has been read, and the beginning of a line that has not ended. Pure.
class LogCursor {
 public:
  static constexpr size_t kMaxLine = 64 << 10;  // longer ones are cut

  // `stream`: "stdout" or "stderr". Begins with the last `limit` bytes that there are.
  LogCursor(model::AllocId alloc, std::string task, std::string stream, size_t limit);

  // What to ask the node in order to go on.
  rpc::CallRequest request(bool follow) const;

  // A line of the node's answer (frames of JSON): the lines of output that it completes.
  Result<std::vector<std::string>> take(std::string_view frame);

  // What is left of a line that never ended.
  std::vector<std::string> take_rest();

 private:
  void split(std::string_view bytes, std::vector<std::string>& lines);

  rpc::CallRequest request_;
  std::string pending_;
  bool skip_ = false;  // to the end of a line whose beginning was not read
};

}  // namespace drover::api
