#include "codec/tar.h"

#include "base/strings.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace drover::codec {
namespace {

constexpr uint64_t kMaxExtension = 64 << 10;
constexpr uint64_t kMaxOctal11 = (1ull << 33) - 1;
constexpr uint64_t kMaxOctal7 = (1ull << 21) - 1;
constexpr size_t kNameBytes = 100;

// Where the fields are, as POSIX has them.
struct Field {
  size_t at;
  size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUid{108, 8};
constexpr Field kGid{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kModified{136, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kType{156, 1};
constexpr Field kTarget{157, 100};
constexpr Field kMagic{257, 8};
constexpr Field kPrefix{345, 155};

void put(std::string& block, Field field, std::string_view text) {
  const size_t size = std::min(text.size(), field.size);
  block.replace(field.at, size, text.substr(0, size));
}

void put_number(std::string& block, Field field, uint64_t value) {
  put(block, field, fmt::format("{:0{}o}", value, field.size - 1));
}

std::string_view get(std::string_view block, Field field) {
  const std::string_view all = block.substr(field.at, field.size);
  return all.substr(0, all.find('\0'));
}

std::optional<uint64_t> to_number(std::string_view text, int base) {
  while (!text.empty() && (text.front() == ' ')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ')) text.remove_suffix(1);
  if (text.empty()) return 0;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

uint64_t checksum(std::string_view block) {
  uint64_t sum = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= kChecksum.at && i < kChecksum.at + kChecksum.size;
    sum += own ? ' ' : static_cast<unsigned char>(block[i]);
  }
  return sum;
}

std::string plain_header(const TarEntry& entry, char type) {
  std::string block(kTarBlock, '\0');
  put(block, kName, entry.name);
  put_number(block, kMode, entry.mode & 07777);
  put_number(block, kUid, std::min<uint64_t>(entry.uid, kMaxOctal7));
  put_number(block, kGid, std::min<uint64_t>(entry.gid, kMaxOctal7));
  put_number(block, kSize, std::min(entry.size, kMaxOctal11));
  put_number(block, kModified, static_cast<uint64_t>(std::clamp<int64_t>(entry.modified_seconds, 0, kMaxOctal11)));
  put(block, kType, std::string_view(&type, 1));
  put(block, kTarget, entry.target);
  put(block, kMagic, std::string_view("ustar\00000", 8));
  put(block, kChecksum, fmt::format("{:06o}", checksum(block)) + std::string("\0 ", 2));
  return block;
}

// "17 path=some/name\n": the length counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest + 1;
  while (length != rest + std::to_string(length).size()) length = rest + std::to_string(length).size();
  return fmt::format("{} {}={}\n", length, key, value);
}

std::string pax_records(const TarEntry& entry, const std::string& name) {
  std::string out;
  if (name.size() > kNameBytes) out += pax_record("path", name);
  if (entry.target.size() > kNameBytes) out += pax_record("linkpath", entry.target);
  if (entry.size > kMaxOctal11) out += pax_record("size", std::to_string(entry.size));
  if (entry.uid > kMaxOctal7) out += pax_record("uid", std::to_string(entry.uid));
  if (entry.gid > kMaxOctal7) out += pax_record("gid", std::to_string(entry.gid));
  return out;
}

std::string extension(char type, const std::string& records) {
  const TarEntry header{.name = "pax", .size = records.size(), .mode = 0644};
  return plain_header(header, type) + records + tar_padding(records.size());
}

char type_of(TarKind kind) {
  switch (kind) {
    case TarKind::File:
      return '0';
    case TarKind::Directory:
      return '5';
    case TarKind::Symlink:
      return '2';
  }
  return '0';
}

Result<std::map<std::string, std::string>> parse_pax(std::string_view records) {
  std::map<std::string, std::string> out;
  while (!records.empty()) {
    const auto damaged = [] { return err(ErrorCode::InvalidArgument, "the archive is damaged: an extended header"); };
    const size_t space = records.find(' ');
    if (space == std::string_view::npos) return damaged();
    const auto length = to_number(records.substr(0, space), 10);
    if (!length || *length <= space + 1 || *length > records.size()) return damaged();
    const std::string_view record = records.substr(space + 1, *length - space - 2);
    const size_t equals = record.find('=');
    if (equals == std::string_view::npos || records[*length - 1] != '\n') return damaged();
    out[std::string(record.substr(0, equals))] = record.substr(equals + 1);
    records.remove_prefix(*length);
  }
  return out;
}

}  // namespace

std::string tar_header(const TarEntry& entry) {
  TarEntry plain = entry;
  if (entry.kind == TarKind::Directory) plain.name += '/';
  const std::string records = pax_records(entry, plain.name);
  const std::string before = records.empty() ? std::string() : extension('x', records);
  return before + plain_header(plain, type_of(entry.kind));
}

std::string tar_padding(uint64_t size) {
  const uint64_t over = size % kTarBlock;
  return std::string(over == 0 ? 0 : kTarBlock - over, '\0');
}

std::string tar_pause() {
  return extension('g', pax_record("comment", "the allocation has not ended"));
}

std::string tar_end() {
  return std::string(2 * kTarBlock, '\0');
}

Status TarReader::add(std::string_view bytes) {
  while (!bytes.empty() && state_ != State::End) TRY(take(bytes));
  return Ok{};
}

Status TarReader::take(std::string_view& bytes) {
  const auto cut = [&](uint64_t size) {
    const std::string_view piece = bytes.substr(0, static_cast<size_t>(std::min<uint64_t>(size, bytes.size())));
    bytes.remove_prefix(piece.size());
    return piece;
  };
  switch (state_) {
    case State::Header: {
      block_ += cut(kTarBlock - block_.size());
      if (block_.size() < kTarBlock) return Ok{};
      return take_header(std::exchange(block_, {}));
    }
    case State::Bytes:
    case State::Extension:
    case State::Skipped: {
      const std::string_view piece = cut(left_);
      left_ -= piece.size();
      if (state_ == State::Bytes) TRY(handler_.on_bytes(piece));
      if (state_ == State::Extension) extension_ += piece;
      return left_ == 0 ? finish_bytes() : Status(Ok{});
    }
    case State::Padding:
      padding_ -= cut(padding_).size();
      if (padding_ == 0) state_ = State::Header;
      return Ok{};
    case State::End:
      break;
  }
  return Ok{};
}

Status TarReader::take_header(std::string_view block) {
  if (std::ranges::all_of(block, [](char c) { return c == '\0'; })) {
    state_ = State::End;
    return Ok{};
  }
  const auto damaged = [](const char* what) {
    return err(ErrorCode::InvalidArgument, "the archive is damaged: {}", what);
  };
  const auto sum = to_number(get(block, kChecksum), 8);
  if (!sum || *sum != checksum(block)) return damaged("a header's checksum");
  TarEntry entry{.name = std::string(get(block, kName)), .target = std::string(get(block, kTarget))};
  const std::string_view prefix = get(block, kPrefix);
  if (!prefix.empty()) entry.name = std::string(prefix) + "/" + entry.name;
  const auto size = to_number(get(block, kSize), 8);
  const auto mode = to_number(get(block, kMode), 8);
  const auto uid = to_number(get(block, kUid), 8);
  const auto gid = to_number(get(block, kGid), 8);
  const auto modified = to_number(get(block, kModified), 8);
  if (!size || !mode || !uid || !gid || !modified) return damaged("a header's number");
  entry.size = *size;
  entry.mode = static_cast<uint32_t>(*mode);
  entry.uid = static_cast<uint32_t>(*uid);
  entry.gid = static_cast<uint32_t>(*gid);
  entry.modified_seconds = static_cast<int64_t>(*modified);
  return begin_entry(get(block, kType).empty() ? '0' : block[kType.at], std::move(entry));
}

Status TarReader::begin_entry(char type, TarEntry entry) {
  if (type == 'x' || type == 'g') {
    if (entry.size > kMaxExtension)
      return err(ErrorCode::ResourceExhausted, "the archive has a header that is too long");
    left_ = entry.size;
    padding_ = tar_padding(entry.size).size();
    state_ = type == 'x' ? State::Extension : State::Skipped;
    return left_ == 0 ? finish_bytes() : Status(Ok{});
  }
  for (auto& [key, value] : std::exchange(extended_, {})) {
    if (key == "path") entry.name = value;
    if (key == "linkpath") entry.target = value;
    const bool number = key == "size" || key == "uid" || key == "gid";
    const auto read = number ? to_number(value, 10) : std::nullopt;
    if (number && !read) return err(ErrorCode::InvalidArgument, "the archive is damaged: an extended header");
    if (key == "size") entry.size = *read;
    if (key == "uid") entry.uid = static_cast<uint32_t>(*read);
    if (key == "gid") entry.gid = static_cast<uint32_t>(*read);
  }
  if (type == '5') {
    entry.kind = TarKind::Directory;
    while (entry.name.ends_with('/')) entry.name.pop_back();
  } else if (type == '2') {
    entry.kind = TarKind::Symlink;
  } else if (type != '0') {
    return err(ErrorCode::InvalidArgument, "the archive has an entry of a kind that is not expected: \"{}\" ({})",
               printable(entry.name, 200), printable(std::string(1, type)));
  }
  if (entry.kind != TarKind::File) entry.size = 0;
  left_ = entry.size;
  padding_ = tar_padding(entry.size).size();
  state_ = State::Bytes;
  TRY(handler_.on_entry(std::move(entry)));
  return left_ == 0 ? finish_bytes() : Status(Ok{});
}

Status TarReader::finish_bytes() {
  const State was = std::exchange(state_, padding_ > 0 ? State::Padding : State::Header);
  if (was == State::Bytes) return handler_.on_entry_end();
  if (was != State::Extension) return Ok{};
  TRY_LET(extended_, parse_pax(std::exchange(extension_, {})));
  return Ok{};
}

}  // namespace drover::codec
