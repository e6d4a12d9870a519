// Holds the namespaces of a container and does nothing else. Linked without any library, like the supervisor.

#include "sys/supervisor/kernel.h"

extern "C" [[noreturn]] void _start() {
  for (;;) kernel::call(__NR_ppoll, 0, 0, 0, 0);
}
