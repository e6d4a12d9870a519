#pragma once

#include <asm/unistd.h>
#include <stdint.h>

// Raw system calls: this program is linked without any library, which keeps it at some dozen KiB for each task. Results
// are the kernel's: negative errno on failure.
namespace kernel {

#if defined(__x86_64__)
inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  register long x5 asm("x5") = f;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
  return x0;
}
#else
#error "the supervisor has no system call sequence for this architecture"
#endif

template <class T>
long ptr(T* p) {
  return reinterpret_cast<long>(p);
}

inline void close(int fd) {
  call(__NR_close, fd);
}
inline long read(int fd, void* to, unsigned long size) {
  return call(__NR_read, fd, ptr(to), size);
}
inline long write(int fd, const void* from, unsigned long size) {
  return call(__NR_write, fd, ptr(from), size);
}
inline long openat(int dir, const char* path, int flags, int mode = 0) {
  return call(__NR_openat, dir, ptr(path), flags, mode);
}
inline void unlinkat(int dir, const char* path) {
  call(__NR_unlinkat, dir, ptr(path), 0);
}
[[noreturn]] inline void exit(int code) {
  for (;;) call(__NR_exit_group, code);
}

}  // namespace kernel
