#pragma once

#include "codec/value.h"
#include "codec/wire.h"

#include <string>

namespace drover::codec {

inline constexpr unsigned kMaxRecordDepth = 100;

// A Value inside a record: one byte for its kind, then its payload. Written and read in value_record.cc.
void put_value(std::string& out, const Value& value);
// False for malformed or too deeply nested input. `budget` is what may still be allocated, in bytes.
[[nodiscard]] bool read_value(wire::Reader& in, Value& value, unsigned depth, size_t& budget);

}  // namespace drover::codec
