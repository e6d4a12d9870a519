#pragma once

#include "protocol.h"
#include "text.h"

namespace supervisor = drover::sys::supervisor;

// The block of memory that the agent filled, mapped shared.
class Spec {
 public:
  explicit Spec(char* block) : block_(block) {}

  supervisor::SpecHeader& header() const { return *reinterpret_cast<supervisor::SpecHeader*>(block_); }
  char* text(uint32_t offset) const { return block_ + offset; }
  template <class T>
  const T* list(uint32_t offset) const {
    return reinterpret_cast<const T*>(block_ + offset);
  }

 private:
  char* block_;
};

struct TaskPipes {
  int out_write;
  int err_write;
};

enum class Launching : uint8_t { No, Yes };

// Writes <task>.pid about the task of `spec.header().report`. 0 or a negative errno.
long record_task(const Spec& spec, const Text& supervisor_line, Launching launching);

// Runs in the child that becomes the task: joins its cgroups, records itself, takes its limits and user, executes.
// Returns only if that failed; `spec.header().report` says at what.
void become_task(const Spec& spec, TaskPipes pipes, const Text& supervisor_line);
