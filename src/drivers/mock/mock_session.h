#pragma once

#include "drivers/driver.h"

#include <memory>

namespace drover::drivers {

// A command that prints its arguments as a line, then on stdout what is written to it, until its input is closed. "exit
// N" ends at once with code N, "fail" prints on stderr and ends with 1; with a terminal, a change of size is printed as
// "ROWSxCOLUMNS".
std::unique_ptr<ExecSession> make_mock_session(SessionRequest request);

}  // namespace drover::drivers
