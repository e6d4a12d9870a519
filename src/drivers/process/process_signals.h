#pragma once

#include "base/result.h"
#include "sys/supervisor.h"

#include <sys/types.h>

// Signals to tasks. All of it blocks shortly.
namespace drover::drivers {

enum class SignalEffect : uint8_t { Caught, Ignored, Fatal };

// What the signal would do to the process if that were not the first of its pid namespace.
SignalEffect effect_of(pid_t pid, int signal);

// To every process of the task's process group, each one checked to be the same program still.
Status signal_group(const sys::TaskHandle& handle, int signal);

// True if the signal would end the main process, and no other process of the task wants to hear of it first. The kernel
// drops such a signal when the main process is the first of its pid namespace (pid_namespaces(7)).
bool would_end(const sys::TaskHandle& handle, int signal);

}  // namespace drover::drivers
