#include "sys/supervisor_image.h"

asm(".section .rodata\n"
    ".globl drover_supervisor_begin\n"
    ".globl drover_supervisor_end\n"
    "drover_supervisor_begin:\n"
    ".incbin \"" SYS_SUPERVISOR_PATH
    "\"\n"
    "drover_supervisor_end:\n"
    ".byte 0\n"
    ".text\n");

extern "C" const char drover_supervisor_begin[];
extern "C" const char drover_supervisor_end[];

namespace drover::sys {

std::string_view supervisor_image() {
  return {drover_supervisor_begin, static_cast<size_t>(drover_supervisor_end - drover_supervisor_begin)};
}

}  // namespace drover::sys
