#include "sys/pause_image.h"

#include "sys/embedded.h"

namespace drover::sys {

SYS_EMBEDDED_FILE(pause_image, SYS_PAUSE_PATH)

}  // namespace drover::sys
