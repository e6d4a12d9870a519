#include "sys/supervisor_image.h"

#include "sys/embedded.h"

namespace drover::sys {

SYS_EMBEDDED_FILE(supervisor_image, SYS_SUPERVISOR_PATH)

}  // namespace drover::sys
