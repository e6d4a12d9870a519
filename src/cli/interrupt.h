#pragma once

#include "cli/command.h"

#include <memory>
#include <string>

namespace drover::cli {

// While it lives, Ctrl-C ends the program with a parting text on standard error and status 130. Does nothing if the
// environment does not own its process. At most one at a time.
class InterruptNote {
 public:
  InterruptNote(const Session& session, std::string text);
  ~InterruptNote();
  InterruptNote(const InterruptNote&) = delete;
  InterruptNote& operator=(const InterruptNote&) = delete;

 private:
  struct Watcher;
  std::unique_ptr<Watcher> watcher_;
};

}  // namespace drover::cli
