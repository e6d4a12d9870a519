#pragma once

#include <string_view>

namespace drover::sys {

// The supervisor program, an ELF file, as built from src/sys/supervisor/.
std::string_view supervisor_image();

}  // namespace drover::sys
