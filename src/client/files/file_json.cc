#include "client/files/file_json.h"

#include "base/duration.h"
#include "codec/describe.h"
#include "codec/json.h"

namespace drover::client {

void describe(codec::StructBuilder& d, AllocFileInfo& r) {
  auto& [name, is_dir, size, file_mode, mod_time] = r;
  d.name("AllocFileInfo");
  d.field(1, name, "Name");
  d.field(2, is_dir, "IsDir");
  d.field(3, size, "Size");
  d.field(4, file_mode, "FileMode");
  d.field(5, mod_time, "ModTime");
}

void describe(codec::StructBuilder& d, StreamFrame& r) {
  auto& [offset, data, file, file_event] = r;
  d.name("StreamFrame");
  d.field(1, offset, "Offset").flags(codec::kOmitEmpty);
  d.field(2, data, "Data").flags(codec::kOmitEmpty);
  d.field(3, file, "File").flags(codec::kOmitEmpty);
  d.field(4, file_event, "FileEvent").flags(codec::kOmitEmpty);
}

AllocFileInfo file_info_of(const sys::FileInfo& info) {
  return {.name = info.name,
          .is_dir = info.kind == sys::FileKind::Directory,
          .size = static_cast<int64_t>(info.size),
          .file_mode = mode_text(info.kind, info.mode),
          .mod_time = format_time({.unix_nanos = info.modified_unix_nanos})};
}

std::string encode_frame(const StreamFrame& frame) {
  return codec::to_json(frame) + "\n";
}

std::string mode_text(sys::FileKind kind, uint32_t mode) {
  std::string out;
  if (kind == sys::FileKind::Directory) out += 'd';
  if (kind == sys::FileKind::Symlink) out += 'L';
  if (kind == sys::FileKind::Other) out += 'D';
  if ((mode & 04000) != 0) out += 'u';
  if ((mode & 02000) != 0) out += 'g';
  if ((mode & 01000) != 0) out += 't';
  if (out.empty()) out = "-";
  constexpr char kBits[] = "rwxrwxrwx";
  for (int bit = 0; bit < 9; bit++) out += (mode & (0400U >> bit)) != 0 ? kBits[bit] : '-';
  return out;
}

}  // namespace drover::client
