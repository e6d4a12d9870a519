#pragma once

#include "base/result.h"
#include "rpc/messages.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace drover::api {

struct LogLine {
  std::string text;  // without its line end
  std::string file;  // where it begins: "alloc/logs/web.stdout.3"
  uint64_t offset = 0;

  friend bool operator==(const LogLine&, const LogLine&) = default;
};

// How far one stream of a task has been read, and the beginning of a line that has not ended. Pure.
class LogCursor {
 public:
  static constexpr size_t kMaxLine = 64 << 10;  // longer ones are cut

  // `stream`: "stdout" or "stderr". Begins with the last `limit` bytes that there are.
  LogCursor(model::AllocId alloc, std::string task, std::string stream, size_t limit);

  // What to ask the node in order to go on.
  rpc::CallRequest request(bool follow) const;

  // A line of the node's answer (frames of JSON): the lines of output that it completes.
  Result<std::vector<LogLine>> take(std::string_view frame);

  // What is left of a line that never ended.
  std::vector<LogLine> take_rest();

 private:
  // Whether what begins there is what comes after that which was taken; what lies between may have been rotated away.
  bool continues(const std::string& file, int64_t begin) const;
  void split(std::string_view bytes, uint64_t offset, std::vector<LogLine>& lines);

  rpc::CallRequest request_;
  LogLine pending_;
  bool skip_ = false;  // to the end of a line whose beginning was not read
};

}  // namespace drover::api
