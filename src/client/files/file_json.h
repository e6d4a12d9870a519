#pragma once

#include "codec/fwd.h"
#include "sys/directory.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Files of allocations in the shape of Nomad's API.
namespace drover::client {

struct AllocFileInfo {
  std::string name;
  bool is_dir = false;
  int64_t size = 0;
  std::string file_mode;  // "-rw-r--r--"
  std::string mod_time;   // RFC 3339
};
void describe(codec::StructBuilder& d, AllocFileInfo& r);

// One piece of a stream; the newline at its end is added by encode_frame().
struct StreamFrame {
  int64_t offset = 0;  // of the byte after `data`
  codec::Bytes data;
  std::string file;
  std::string file_event;
};
void describe(codec::StructBuilder& d, StreamFrame& r);

AllocFileInfo file_info_of(const sys::FileInfo& info);
std::string encode_frame(const StreamFrame& frame);

// "drwxr-xr-x", as Go prints modes.
std::string mode_text(sys::FileKind kind, uint32_t mode);

}  // namespace drover::client
