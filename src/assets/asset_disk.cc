#include "assets/asset_disk.h"

#include "assets/checksum.h"
#include "assets/sandbox.h"
#include "assets/unpack.h"
#include "base/log.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/storage.h"
#include "sys/os_error.h"
#include "sys/users.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <set>

namespace drover::assets {
namespace {

constexpr const char* kPublic = "public";
constexpr size_t kMaxManifest = 128 << 20;
constexpr size_t kMaxEntries = 10'000'000;
constexpr mode_t kReadable = 0444;
// Names in it are not to be listed: who knows an asset's key may read it.
constexpr mode_t kSearchable = 0711;

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Only root can remove what lies in directories that nobody may write to.
mode_t tree_mode() {
  return sys::running_as_root() ? 0555 : 0755;
}

Status make_directory(const sys::Directory& root, const std::string& path, mode_t mode) {
  TRY(root.make_directories(path, mode));
  return root.set_mode(path, mode);
}

}  // namespace

std::string access_of(const model::Asset& asset) {
  std::string credentials;
  for (const std::string* part : {&asset.access_token, &asset.access_key_id, &asset.secret_access_key}) {
    credentials += std::to_string(part->size()) + ":" + *part;
  }
  const bool none = asset.access_token.empty() && asset.access_key_id.empty() && asset.secret_access_key.empty();
  return none ? kPublic : sha256(asset.type + credentials);
}

Result<AssetDisk> AssetDisk::open(const std::string& directory) {
  TRY_LET(sys::Directory root, sys::Directory::create(directory, kSearchable, "the asset store"));
  TRY(root.set_mode("", kSearchable));
  for (const char* part : {"trees", "work", "blobs"}) TRY(make_directory(root, part, kSearchable));
  TRY(make_directory(root, "index", 0700));
  return AssetDisk(std::move(root));
}

Result<AssetIndex> AssetDisk::load(const std::string& boot, WallTime now, Duration work_ttl) const {
  AssetIndex index;
  TRY_LET(const auto records, root_.list("index", kMaxEntries));
  for (const sys::FileInfo& entry : records) {
    const auto bytes = root_.read("index/" + entry.name);
    auto record = bytes ? codec::decode_record<AssetRecord>(*bytes) : Result<AssetRecord>(err(bytes.error()));
    const bool whole = record && record->key == entry.name && root_.exists("trees/" + entry.name) &&
                       (record->unsynced_boot.empty() || record->unsynced_boot == boot);
    if (whole) {
      index[entry.name] = std::move(*record);
    } else {
      log::warn("an asset is not whole", {{"key", entry.name}});
      TRY(root_.remove_tree("index/" + entry.name));
    }
  }
  TRY_LET(const auto trees, root_.list("trees", kMaxEntries));
  for (const sys::FileInfo& entry : trees) {
    if (!index.contains(entry.name)) TRY(root_.remove_tree("trees/" + entry.name));
  }
  TRY(collect_blobs());
  TRY(remove_old_work(now, work_ttl));
  return index;
}

Status AssetDisk::remove_old_work(WallTime now, Duration work_ttl) const {
  TRY_LET(const auto works, root_.list("work", kMaxEntries));
  for (const sys::FileInfo& entry : works) {
    int64_t newest = entry.modified_unix_nanos;
    if (const auto files = root_.list("work/" + entry.name, kMaxEntries)) {
      for (const sys::FileInfo& file : *files) newest = std::max(newest, file.modified_unix_nanos);
    }
    if (work_ttl > Duration(0) && now - WallTime{newest} > work_ttl) TRY(remove_work(entry.name));
  }
  return Ok{};
}

Result<sys::Directory> AssetDisk::open_work(const std::string& key) const {
  const std::string path = "work/" + key;
  TRY(root_.make_directories(path, 0700));
  if (sys::running_as_root()) {
    const Unprivileged user = unprivileged_user();
    TRY(root_.set_owner(path, {.uid = user.uid, .gid = user.gid}));
  }
  TRY(root_.remove_tree(path + "/" + kManifestName));
  return root_.open_directory(path, sys::Symlinks::Refuse);
}

Status AssetDisk::remove_work(const std::string& key) const {
  return root_.remove_tree("work/" + key);
}

Result<std::vector<std::string>> AssetDisk::have(const std::string& access) const {
  std::set<std::string> names;
  for (const std::string& directory : {std::string(kPublic), access}) {
    const auto blobs = root_.list("blobs/" + directory, kMaxEntries);
    if (!blobs && blobs.error().code() != ErrorCode::NotFound) return err(blobs.error());
    for (const sys::FileInfo& blob : blobs.value_or(std::vector<sys::FileInfo>())) names.insert(blob.name);
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::string> AssetDisk::find_blob(const std::string& access, const std::string& sha256) const {
  for (const std::string& directory : {access, std::string(kPublic)}) {
    std::string path = "blobs/" + directory + "/" + sha256;
    if (root_.exists(path)) return path;
  }
  return err(ErrorCode::Conflict, "a part of it has been evicted meanwhile");
}

// The fetching process is gone: nobody has the file open for writing.
Status AssetDisk::take_in(const sys::Directory& work, const AssetFile& file, const std::string& blobs) const {
  TRY_LET(const sys::FileInfo info, work.stat(file.part));
  if (info.kind != sys::FileKind::Regular || info.size != file.bytes || file.part.find('/') != std::string::npos) {
    return err(ErrorCode::Internal, "the fetching process left something else than it said");
  }
  if (sys::running_as_root()) TRY(work.set_owner(file.part, {.uid = 0, .gid = 0}));
  TRY(work.set_mode(file.part, kReadable));
  const std::string from = work.path().substr(root_.path().size() + 1) + "/" + file.part;
  return root_.rename(from, blobs + "/" + file.sha256);
}

Status AssetDisk::link(const std::string& blob, const std::string& tree, const std::string& path) const {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? tree : tree + "/" + path.substr(0, slash);
  if (slash != std::string::npos) TRY(root_.make_directories(folder, 0755));
  TRY_LET(const sys::Directory into, root_.open_directory(folder, sys::Symlinks::Refuse));
  const std::string name = path.substr(slash == std::string::npos ? 0 : slash + 1);
  if (::linkat(root_.fd().get(), blob.c_str(), into.fd().get(), name.c_str(), 0) == 0) return Ok{};
  return sys::os_err(errno, "link \"{}\"", printable(path));
}

Status AssetDisk::seal(const std::string& directory) const {
  TRY_LET(const auto entries, root_.list(directory, kMaxEntries));
  for (const sys::FileInfo& entry : entries) {
    if (entry.kind == sys::FileKind::Directory) TRY(seal(directory + "/" + entry.name));
  }
  return root_.set_mode(directory, tree_mode());
}

Result<AssetDisk::Installed> AssetDisk::install(const std::string& key, const std::string& access) const {
  TRY_LET(const sys::Directory work, root_.open_directory("work/" + key, sys::Symlinks::Refuse));
  TRY_LET(const std::string bytes, work.read(kManifestName, kMaxManifest));
  TRY_LET(AssetManifest manifest, codec::decode_record<AssetManifest>(bytes));
  const std::string blobs = "blobs/" + access;
  TRY(make_directory(root_, blobs, kSearchable));
  const std::string unfinished = "trees/.new-" + key;
  TRY(root_.remove_tree(unfinished));
  TRY(root_.make_directories(unfinished, 0755));
  Installed installed;
  for (AssetFile& file : manifest.files) {
    TRY_LET(file.path, safe_relative_path(file.path));
    if (!is_hash(file.sha256)) return err(ErrorCode::Internal, "the fetching process speaks nonsense");
    // Two files of equal content and equal sources have one part, which the first one took in.
    if (!file.part.empty() && work.exists(file.part)) TRY(take_in(work, file, blobs));
    TRY_LET(const std::string blob, find_blob(access, file.sha256));
    TRY(link(blob, unfinished, file.path));
    TRY_LET(const sys::FileInfo info, root_.stat(blob));
    installed.bytes += info.size;
    installed.files++;
  }
  TRY(seal(unfinished));
  TRY(root_.remove_tree("trees/" + key));
  TRY(root_.rename(unfinished, "trees/" + key));
  return installed;
}

Status AssetDisk::sync_beneath(const std::string& path) const {
  TRY_LET(const auto entries, root_.list(path, kMaxEntries));
  for (const sys::FileInfo& entry : entries) {
    if (entry.kind == sys::FileKind::Directory) {
      TRY(sync_beneath(path + "/" + entry.name));
      continue;
    }
    TRY_LET(const sys::Fd file, root_.open_file(path + "/" + entry.name));
    if (::fsync(file.get()) != 0) return sys::os_err(errno, "write the asset to the disk");
  }
  return Ok{};
}

Status AssetDisk::sync(const std::string& key) const {
  return sync_beneath("trees/" + key);
}

Status AssetDisk::write(const AssetRecord& record) const {
  return root_.write_atomic("index/" + record.key, codec::encode_record(record), 0600);
}

Status AssetDisk::remove(const std::string& key) const {
  if (root_.exists("index/" + key)) TRY(root_.remove_file("index/" + key));
  TRY(root_.remove_tree("trees/" + key));
  return collect_blobs();
}

Status AssetDisk::collect_blobs() const {
  TRY_LET(const auto accesses, root_.list("blobs", kMaxEntries));
  for (const sys::FileInfo& access : accesses) {
    const std::string path = "blobs/" + access.name;
    TRY_LET(const sys::Directory directory, root_.open_directory(path));
    TRY_LET(const auto blobs, directory.list("", kMaxEntries));
    for (const sys::FileInfo& blob : blobs) {
      struct stat info = {};
      if (::fstatat(directory.fd().get(), blob.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 || info.st_nlink > 1) {
        continue;
      }
      TRY(directory.remove_file(blob.name));
    }
  }
  return Ok{};
}

uint64_t AssetDisk::free_bytes() const {
  struct statvfs info = {};
  if (::statvfs(root_.path().c_str(), &info) != 0) return UINT64_MAX;
  return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
}

}  // namespace drover::assets
