#pragma once

#include "api/context.h"

#include <string>
#include <string_view>
#include <vector>

namespace drover::api {

// When the output in one log file was written, as far as its driver noted it (drivers/log_writer.h). Pure.
class LogTimes {
 public:
  LogTimes() = default;
  static LogTimes parse(std::string_view text);

  // Of what lies at an offset; 0 where it is not known.
  WallTime at(uint64_t offset) const;
  // Whether something was noted behind it: what is read later may have been written later.
  bool knows(uint64_t offset) const { return !marks_.empty() && marks_.back().offset >= offset; }

 private:
  struct Mark {
    uint64_t offset = 0;
    int64_t unix_nanos = 0;
  };
  std::vector<Mark> marks_;  // by offset
};

// Of a log file as a frame names it: "alloc/logs/web.stdout.3". Empty where there are none. REQUIRES a frontend.
net::Task<LogTimes> read_log_times(Context& context, model::NodeId node, model::AllocId alloc, std::string file);

}  // namespace drover::api
