#pragma once

#include "base/uuid.h"

#include <string>

namespace drover {

// Appends what uuid.str() returns, without a string of its own.
void append_uuid(std::string& out, Uuid uuid);

}  // namespace drover
