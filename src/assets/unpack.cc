#include "assets/unpack.h"

#include "base/strings.h"
#include "sys/os_error.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace drover::assets {
namespace {

enum class Format : uint8_t { Tar, Zip, Raw };

struct Kind {
  std::string_view name;
  Format format;
  int filter;  // of libarchive; ARCHIVE_FILTER_NONE: none
};

constexpr std::array<Kind, 15> kKinds = {{{"zip", Format::Zip, ARCHIVE_FILTER_NONE},
                                          {"tar", Format::Tar, ARCHIVE_FILTER_NONE},
                                          {"tar.gz", Format::Tar, ARCHIVE_FILTER_GZIP},
                                          {"tgz", Format::Tar, ARCHIVE_FILTER_GZIP},
                                          {"tar.bz2", Format::Tar, ARCHIVE_FILTER_BZIP2},
                                          {"tbz2", Format::Tar, ARCHIVE_FILTER_BZIP2},
                                          {"tar.xz", Format::Tar, ARCHIVE_FILTER_XZ},
                                          {"txz", Format::Tar, ARCHIVE_FILTER_XZ},
                                          {"tar.zst", Format::Tar, ARCHIVE_FILTER_ZSTD},
                                          {"tzst", Format::Tar, ARCHIVE_FILTER_ZSTD},
                                          {"gz", Format::Raw, ARCHIVE_FILTER_GZIP},
                                          {"bz2", Format::Raw, ARCHIVE_FILTER_BZIP2},
                                          {"xz", Format::Raw, ARCHIVE_FILTER_XZ},
                                          {"zst", Format::Raw, ARCHIVE_FILTER_ZSTD},
                                          {"tbz", Format::Tar, ARCHIVE_FILTER_BZIP2}}};

constexpr size_t kBlock = 1 << 16;
constexpr size_t kMaxName = 255;
constexpr size_t kMaxPath = 4095;
// A bomb: beyond this size, more than so many bytes out of one.
constexpr uint64_t kBombBytes = 1ULL << 30;
constexpr uint64_t kBombRatio = 2000;

using ArchivePtr = std::unique_ptr<archive, decltype(&archive_read_free)>;

tl::unexpected<Error> archive_error(archive* reader, std::string_view what) {
  const char* text = archive_error_string(reader);
  return err(ErrorCode::InvalidArgument, "{}: {}", what, printable(text == nullptr ? "damaged archive" : text));
}

void support(archive* reader, const Kind& kind) {
  if (kind.format == Format::Tar) archive_read_support_format_tar(reader);
  if (kind.format == Format::Zip) archive_read_support_format_zip(reader);
  if (kind.format == Format::Raw) {
    archive_read_support_format_raw(reader);
    archive_read_support_format_empty(reader);
  }
  if (kind.filter == ARCHIVE_FILTER_GZIP) archive_read_support_filter_gzip(reader);
  if (kind.filter == ARCHIVE_FILTER_BZIP2) archive_read_support_filter_bzip2(reader);
  if (kind.filter == ARCHIVE_FILTER_XZ) archive_read_support_filter_xz(reader);
  if (kind.filter == ARCHIVE_FILTER_ZSTD) archive_read_support_filter_zstd(reader);
}

// Takes an archive apart, entry by entry.
class Unpacker {
 public:
  Unpacker(const sys::Directory& into, const UnpackLimits& limits, const Clock& clock)
      : into_(into), limits_(limits), clock_(clock), reader_(archive_read_new(), archive_read_free) {}

  Status open(const sys::Fd& file, const Kind& kind);
  // False at the end.
  Result<bool> next();
  Status extract();
  Status extract_file(const std::string& path, mode_t mode);
  bool is_file() const { return archive_entry_filetype(entry_) == AE_IFREG; }
  bool is_directory() const { return archive_entry_filetype(entry_) == AE_IFDIR; }
  mode_t mode() const { return archive_entry_perm(entry_) & 0777; }
  uint64_t bytes() const { return bytes_; }

 private:
  Status check_filters();
  Result<std::string> path_of_entry() const;
  Status extract_special(const std::string& path);
  Status extract_hard_link(const std::string& path, const char* target);
  Result<sys::Fd> make_file(const std::string& path, mode_t mode);
  Status copy_data(const sys::Fd& file);
  Status count(uint64_t bytes);

  const sys::Directory& into_;
  const UnpackLimits& limits_;
  const Clock& clock_;
  ArchivePtr reader_;
  const Kind* kind_ = nullptr;
  archive_entry* entry_ = nullptr;
  uint64_t bytes_ = 0;
  uint64_t entries_ = 0;
};

Status Unpacker::open(const sys::Fd& file, const Kind& kind) {
  kind_ = &kind;
  support(reader_.get(), kind);
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return sys::os_err(errno, "read the archive");
  if (archive_read_open_fd(reader_.get(), file.get(), kBlock) != ARCHIVE_OK) {
    return archive_error(reader_.get(), fmt::format("this is no {} archive", kind.name));
  }
  return Ok{};
}

// Exactly the one that the name says: not none, and not one in another.
Status Unpacker::check_filters() {
  const int wanted = kind_->filter == ARCHIVE_FILTER_NONE ? 1 : 2;
  if (archive_filter_count(reader_.get()) == wanted && archive_filter_code(reader_.get(), 0) == kind_->filter)
    return Ok{};
  return err(ErrorCode::InvalidArgument, "this is no {} archive", kind_->name);
}

Result<bool> Unpacker::next() {
  const int status = archive_read_next_header(reader_.get(), &entry_);
  if (status == ARCHIVE_EOF && entries_ > 0) return false;
  if (status == ARCHIVE_EOF && kind_->format != Format::Raw) return false;
  if (status == ARCHIVE_EOF) return err(ErrorCode::InvalidArgument, "this is no {} archive", kind_->name);
  if (status < ARCHIVE_WARN) return archive_error(reader_.get(), "the archive cannot be read");
  if (entries_ == 0) TRY(check_filters());
  if (++entries_ > limits_.files && limits_.files != 0) {
    return err(ErrorCode::ResourceExhausted, "the archive has more files than this agent unpacks ({})", limits_.files);
  }
  if (clock_.mono() >= limits_.deadline) return err(ErrorCode::DeadlineExceeded, "unpacking took too long");
  return true;
}

Result<std::string> Unpacker::path_of_entry() const {
  const char* name = archive_entry_pathname(entry_);
  if (name == nullptr) name = archive_entry_pathname_utf8(entry_);
  if (name == nullptr) return err(ErrorCode::InvalidArgument, "the archive has a file without a readable name");
  return safe_relative_path(name);
}

Status Unpacker::count(uint64_t bytes) {
  bytes_ += bytes;
  if (limits_.bytes != 0 && bytes_ > limits_.bytes) {
    return err(ErrorCode::ResourceExhausted, "the archive holds more than this agent unpacks ({} bytes)",
               limits_.bytes);
  }
  const auto read = static_cast<uint64_t>(std::max<int64_t>(1, archive_filter_bytes(reader_.get(), -1)));
  if (bytes_ > kBombBytes && bytes_ / read > kBombRatio) {
    return err(ErrorCode::ResourceExhausted, "the archive is a decompression bomb: {} bytes out of {}", bytes_, read);
  }
  if (clock_.mono() >= limits_.deadline) return err(ErrorCode::DeadlineExceeded, "unpacking took too long");
  return Ok{};
}

Result<sys::Fd> Unpacker::make_file(const std::string& path, mode_t mode) {
  if (const size_t slash = path.rfind('/'); slash != std::string::npos) {
    TRY(into_.make_directories(path.substr(0, slash)));
  }
  if (into_.exists(path)) TRY(into_.remove_file(path));
  TRY_LET(sys::Fd fd, into_.create_file(path, {.mode = 0600, .exclusive = true}));
  if (::fchmod(fd.get(), (mode | 0400) & 0755) != 0)
    return sys::os_err(errno, "set the mode of \"{}\"", printable(path));
  return fd;
}

Status Unpacker::copy_data(const sys::Fd& file) {
  uint64_t end = 0;
  for (;;) {
    const void* data = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    const int status = archive_read_data_block(reader_.get(), &data, &size, &offset);
    if (status == ARCHIVE_EOF) break;
    if (status < ARCHIVE_WARN) return archive_error(reader_.get(), "the archive is damaged");
    const uint64_t reached = static_cast<uint64_t>(offset) + size;
    if (reached > end) TRY(count(reached - end));  // holes count as well
    end = std::max(end, reached);
    for (size_t done = 0; done < size;) {
      const auto* from = static_cast<const char*>(data) + done;
      const ssize_t count = ::pwrite(file.get(), from, size - done, offset + static_cast<off_t>(done));
      if (count < 0) return sys::os_err(errno, "write what was unpacked");
      done += static_cast<size_t>(count);
    }
  }
  if (archive_entry_size_is_set(entry_) != 0 && archive_entry_size(entry_) > static_cast<la_int64_t>(end)) {
    TRY(count(static_cast<uint64_t>(archive_entry_size(entry_)) - end));
    if (::ftruncate(file.get(), archive_entry_size(entry_)) != 0) return sys::os_err(errno, "write what was unpacked");
  }
  return Ok{};
}

Status Unpacker::extract_file(const std::string& path, mode_t mode) {
  TRY_LET(const sys::Fd fd, make_file(path, mode));
  TRY(copy_data(fd));
  if (archive_entry_mtime_is_set(entry_) != 0) {
    const timespec modified = {.tv_sec = archive_entry_mtime(entry_), .tv_nsec = archive_entry_mtime_nsec(entry_)};
    const std::array<timespec, 2> times = {modified, modified};
    std::ignore = ::futimens(fd.get(), times.data());
  }
  return Ok{};
}

// As a copy: two names of one file would surprise whoever changes one of them.
Status Unpacker::extract_hard_link(const std::string& path, const char* target) {
  TRY_LET(const std::string from, safe_relative_path(target));
  if (from == path) return err(ErrorCode::InvalidArgument, "\"{}\" is a link to itself", printable(path));
  const auto source = into_.open_file(from, {.symlinks = sys::Symlinks::Refuse});
  if (!source) return err(source.error().context(fmt::format("hard link \"{}\"", printable(path))));
  struct stat info = {};
  if (::fstat(source->get(), &info) != 0) return sys::os_err(errno, "read \"{}\"", printable(from));
  TRY(count(static_cast<uint64_t>(info.st_size)));
  TRY_LET(const sys::Fd fd, make_file(path, info.st_mode & 0777));
  for (off_t left = info.st_size; left > 0;) {
    const ssize_t copied = ::copy_file_range(source->get(), nullptr, fd.get(), nullptr, static_cast<size_t>(left), 0);
    if (copied <= 0) return sys::os_err(errno, "copy \"{}\"", printable(from));
    left -= copied;
  }
  return Ok{};
}

Status Unpacker::extract_special(const std::string& path) {
  if (archive_entry_filetype(entry_) != AE_IFLNK) {
    return err(ErrorCode::PermissionDenied, "\"{}\" in the archive is a device, a pipe or a socket", printable(path));
  }
  const char* target = archive_entry_symlink(entry_);
  if (target == nullptr) return err(ErrorCode::InvalidArgument, "\"{}\" is a link to nothing", printable(path));
  TRY(check_link_target(path, target));
  if (const size_t slash = path.rfind('/'); slash != std::string::npos) {
    TRY(into_.make_directories(path.substr(0, slash)));
  }
  if (into_.exists(path)) TRY(into_.remove_file(path));
  return into_.make_symlink(target, path);
}

Status Unpacker::extract() {
  TRY_LET(const std::string path, path_of_entry());
  if (path.empty()) {
    if (is_directory()) return Ok{};
    return err(ErrorCode::InvalidArgument, "the archive has a file without a name");
  }
  if (const char* target = archive_entry_hardlink(entry_)) return extract_hard_link(path, target);
  if (is_directory()) return into_.make_directories(path);
  return is_file() ? extract_file(path, mode()) : extract_special(path);
}

const Kind& kind_named(std::string_view name) {
  return *std::ranges::find(kKinds, name, &Kind::name);
}

ArchiveKind public_kind(const Kind& kind) {
  return {.name = kind.name, .single = kind.format == Format::Raw};
}

}  // namespace

std::optional<ArchiveKind> find_archive_kind(std::string_view name) {
  const auto* found = std::ranges::find(kKinds, name, &Kind::name);
  if (found == kKinds.end()) return std::nullopt;
  return public_kind(*found);
}

std::optional<ArchiveKind> archive_kind_of_file(std::string_view file_name) {
  const Kind* best = nullptr;
  for (const Kind& kind : kKinds) {
    const bool fits = file_name.size() > kind.name.size() && file_name.ends_with(kind.name) &&
                      file_name[file_name.size() - kind.name.size() - 1] == '.';
    if (fits && (best == nullptr || kind.name.size() > best->name.size())) best = &kind;
  }
  if (best == nullptr) return std::nullopt;
  return public_kind(*best);
}

std::string name_without_extension(std::string_view file_name, const ArchiveKind& kind) {
  if (file_name.size() > kind.name.size() + 1 && file_name.ends_with(kind.name)) {
    file_name.remove_suffix(kind.name.size() + 1);
  }
  return std::string(file_name);
}

Result<std::string> safe_relative_path(std::string_view path) {
  if (path.starts_with('/')) {
    return err(ErrorCode::PermissionDenied, "path \"{}\" is absolute", printable(path));
  }
  std::string clean;
  for (const std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return err(ErrorCode::PermissionDenied, "path \"{}\" leaves the archive", printable(path));
    if (part.size() > kMaxName || part.find('\0') != std::string::npos) {
      return err(ErrorCode::InvalidArgument, "name \"{}\" cannot be used for a file", printable(part, 60));
    }
    if (!clean.empty()) clean += '/';
    clean += part;
  }
  if (clean.size() > kMaxPath) return err(ErrorCode::InvalidArgument, "path \"{}\" is too long", printable(path, 60));
  return clean;
}

Status check_link_target(std::string_view path, std::string_view target) {
  auto depth = std::ranges::count(path, '/');
  bool descended = false;
  bool inside = !target.empty() && !target.starts_with('/') && target.size() <= kMaxPath;
  for (const std::string& part : split(target, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      descended = true;
    } else if (descended || --depth < 0) {
      inside = false;
    }
  }
  if (inside) return Ok{};
  return err(ErrorCode::PermissionDenied, "\"{}\" is a link out of the archive, to \"{}\"", printable(path),
             printable(target));
}

Result<uint64_t> unpack_archive(const sys::Fd& archive, const ArchiveKind& kind, const sys::Directory& into,
                                const UnpackLimits& limits, const Clock& clock) {
  Unpacker unpacker(into, limits, clock);
  TRY(unpacker.open(archive, kind_named(kind.name)));
  for (;;) {
    TRY_LET(const bool more, unpacker.next());
    if (!more) return unpacker.bytes();
    TRY(unpacker.extract());
  }
}

Result<uint64_t> unpack_single_file(const sys::Fd& archive, const ArchiveKind& kind, const sys::Directory& into,
                                    const std::string& name, const UnpackLimits& limits, const Clock& clock) {
  Unpacker unpacker(into, limits, clock);
  TRY(unpacker.open(archive, kind_named(kind.name)));
  for (bool found = false;;) {
    TRY_LET(const bool more, unpacker.next());
    if (!more && found) return unpacker.bytes();
    if (!more) return err(ErrorCode::InvalidArgument, "the archive has no file");
    if (unpacker.is_directory()) continue;
    if (found) return err(ErrorCode::InvalidArgument, "the archive has several files: mode \"file\" wants one");
    if (!kind.single && !unpacker.is_file()) return err(ErrorCode::InvalidArgument, "the archive has no plain file");
    TRY(unpacker.extract_file(name, kind.single ? 0644 : unpacker.mode()));
    found = true;
  }
}

}  // namespace drover::assets
