#pragma once

#include "text.h"

#include <stdint.h>

// Small texts of lines "<key> <value>" in the state directory and in /proc.

// When process `pid` ("self" or a number) started, in clock ticks since boot; 0 if that cannot be told.
uint64_t start_time_of(const char* pid);

// The number after `key` at the start of a line of the file behind `fd`, 0 if there is none.
uint64_t read_counter(int fd, const char* key);

enum class Sync : uint8_t {
  No,   // Safe against the death of any process, not of the machine.
  Yes,  // Against that, too.
};

// Replaces the file `name` by one rename. 0 or a negative errno.
long write_record(int directory, const Text& name, const Text& bytes, Sync sync);
