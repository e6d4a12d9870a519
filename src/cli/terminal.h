#pragma once

#include "cli/command.h"
#include "net/task.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace drover::cli {

struct WindowSize {
  int rows = 24;
  int columns = 80;
};

// Standard input as it is typed, and how large the window is.
struct TerminalEvent {
  enum class Kind : uint8_t { Bytes, End, Resized };
  Kind kind = Kind::Bytes;
  std::string bytes;
};

// The standard input of the session, read by a thread of its own: one piece at a time, the next one when that was
// taken.
class TerminalInput {
 public:
  enum class Mode : uint8_t { Plain, Raw };

  // REQUIRES that no other thread has been started yet: changes of the window's size are signals, and not for them.
  explicit TerminalInput(const Session& session);
  ~TerminalInput();
  TerminalInput(const TerminalInput&) = delete;
  TerminalInput& operator=(const TerminalInput&) = delete;

  // Begins to read. With Mode::Raw and a terminal, keys are passed on as they are until this is destroyed.
  void start(Mode mode);

  // Nothing when `patience` has passed. One caller at a time.
  net::Task<std::optional<TerminalEvent>> next(Duration patience);

  // Of the terminal that standard output is.
  WindowSize size() const;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

// Whether both standard input and output are a terminal.
bool is_interactive(const Session& session);

}  // namespace drover::cli
