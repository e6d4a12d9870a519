#include "sys/terminal.h"

#include "sys/os_error.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <cerrno>
#include <cstdlib>

namespace drover::sys {

Result<Terminal> open_terminal(TerminalSize size) {
  Terminal terminal = {.controller = Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC))};
  if (!terminal.controller.valid() || ::grantpt(terminal.controller.get()) != 0 ||
      ::unlockpt(terminal.controller.get()) != 0) {
    return os_err(errno, "open a terminal");
  }
  terminal.device = Fd(::ioctl(terminal.controller.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.device.valid()) return os_err(errno, "open a terminal");
  TRY(resize_terminal(terminal.controller, size));
  return terminal;
}

Status resize_terminal(const Fd& controller, TerminalSize size) {
  const winsize value = {.ws_row = size.rows, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (::ioctl(controller.get(), TIOCSWINSZ, &value) != 0) return os_err(errno, "resize a terminal");
  return Ok{};
}

}  // namespace drover::sys
