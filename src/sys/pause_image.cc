#include "sys/pause_image.h"

asm(".section .rodata\n"
    ".globl drover_pause_begin\n"
    ".globl drover_pause_end\n"
    "drover_pause_begin:\n"
    ".incbin \"" SYS_PAUSE_PATH
    "\"\n"
    "drover_pause_end:\n"
    ".byte 0\n"
    ".text\n");

extern "C" const char drover_pause_begin[];
extern "C" const char drover_pause_end[];

namespace drover::sys {

std::string_view pause_image() {
  return {drover_pause_begin, static_cast<size_t>(drover_pause_end - drover_pause_begin)};
}

}  // namespace drover::sys
