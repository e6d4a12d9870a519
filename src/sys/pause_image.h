#pragma once

#include <string_view>

namespace drover::sys {

// A static program that waits for ever: pause/main.cc.
std::string_view pause_image();

}  // namespace drover::sys
