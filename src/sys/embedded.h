#pragma once

#include <string_view>

// A file in this program: defines `name()`, a std::string_view of the file at `path`, which is a string literal. At
// namespace scope, once a name in the program.
#define SYS_EMBEDDED_FILE(name, path)                                                                 \
  asm(".section .rodata\n"                                                                            \
      ".globl drover_" #name                                                                          \
      "_begin\n"                                                                                      \
      ".globl drover_" #name                                                                          \
      "_end\n"                                                                                        \
      "drover_" #name                                                                                 \
      "_begin:\n"                                                                                     \
      ".incbin \"" path                                                                               \
      "\"\n"                                                                                          \
      "drover_" #name                                                                                 \
      "_end:\n"                                                                                       \
      ".byte 0\n"                                                                                     \
      ".text\n");                                                                                     \
  extern "C" const char drover_##name##_begin[];                                                      \
  extern "C" const char drover_##name##_end[];                                                        \
  std::string_view name() {                                                                           \
    return {drover_##name##_begin, static_cast<size_t>(drover_##name##_end - drover_##name##_begin)}; \
  }
