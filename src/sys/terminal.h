#pragma once

#include "sys/fd.h"

#include <cstdint>

namespace drover::sys {

struct TerminalSize {
  uint16_t rows = 24;
  uint16_t columns = 80;
};

// A pseudo terminal: the program gets `device` as its stdio (SpawnSpec::controlling_terminal), we talk to `controller`.
struct Terminal {
  Fd controller;
  Fd device;
};

Result<Terminal> open_terminal(TerminalSize size);
Status resize_terminal(const Fd& controller, TerminalSize size);

}  // namespace drover::sys
