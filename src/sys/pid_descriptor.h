#pragma once

#include "sys/fd.h"

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

// Debian 12's <sys/pidfd.h> declares these without C linkage, so that C++ cannot call them.
namespace drover::sys {

// Not valid, with errno set, if there is no such process.
inline Fd open_pidfd(pid_t pid) {
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// False with errno set.
inline bool signal_pidfd(const Fd& pidfd, int signal) {
  return ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0;
}

}  // namespace drover::sys
