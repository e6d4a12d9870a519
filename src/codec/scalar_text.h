#pragma once

#include "codec/type_info.h"

#include <string>

namespace drover::codec {

// Bool, Int, Uint, Float, String, Uuid, Duration, Bytes, Enum.
bool is_scalar(const TypeInfo& type);

// A scalar as bare text: what JSON would hold, without quotes. REQUIRES is_scalar(type).
std::string scalar_text(const TypeInfo& type, const void* at);

}  // namespace drover::codec
