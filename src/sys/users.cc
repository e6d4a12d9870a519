#include "sys/users.h"

#include "base/strings.h"
#include "sys/os_error.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>
#include <cerrno>
#include <optional>

namespace drover::sys {

namespace {

constexpr size_t kBufferSize = 16 << 10;  // As glibc suggests by _SC_GETPW_R_SIZE_MAX, with room for long entries.
constexpr int kMaxGroups = 65536;         // NGROUPS_MAX

Result<User> from_entry(const passwd& entry) {
  User user = {
      .name = entry.pw_name, .uid = entry.pw_uid, .gid = entry.pw_gid, .home = entry.pw_dir, .shell = entry.pw_shell};
  int count = 64;
  std::vector<gid_t> groups(static_cast<size_t>(count));
  if (::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) {
    if (count > kMaxGroups) return err(ErrorCode::Internal, "user \"{}\" is in too many groups ({})", user.name, count);
    groups.resize(static_cast<size_t>(count));
    if (::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) {
      return err(ErrorCode::Internal, "cannot tell the groups of user \"{}\"", user.name);
    }
  }
  user.groups.assign(groups.begin(), groups.begin() + count);
  return user;
}

Result<uint32_t> find_group(std::string_view name) {
  if (const auto number = parse_uint(name); number && *number < UINT32_MAX) return static_cast<uint32_t>(*number);
  std::vector<char> buffer(kBufferSize);
  group entry = {};
  group* found = nullptr;
  const int error = ::getgrnam_r(std::string(name).c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found != nullptr) return entry.gr_gid;
  if (error != 0 && error != ENOENT) return os_err(error, "look up group \"{}\"", name);
  return err(ErrorCode::NotFound, "unknown group \"{}\"", name);
}

}  // namespace

Result<User> find_user(std::string_view name) {
  const size_t colon = name.find(':');
  if (colon != std::string_view::npos) {
    TRY_LET(User user, find_user(name.substr(0, colon)));
    TRY_LET(const uint32_t gid, find_group(name.substr(colon + 1)));
    user.gid = gid;
    user.groups = {gid};
    return user;
  }
  std::vector<char> buffer(kBufferSize);
  passwd entry = {};
  passwd* found = nullptr;
  const int error = ::getpwnam_r(std::string(name).c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found != nullptr) return from_entry(entry);
  if (const auto number = parse_uint(name); number && *number < UINT32_MAX) {
    return find_user_by_id(static_cast<uint32_t>(*number));
  }
  if (error != 0 && error != ENOENT) return os_err(error, "look up user \"{}\"", name);
  return err(ErrorCode::NotFound, "unknown user \"{}\"", name);
}

Result<User> find_user_by_id(uint32_t uid) {
  std::vector<char> buffer(kBufferSize);
  passwd entry = {};
  passwd* found = nullptr;
  const int error = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  if (found != nullptr) return from_entry(entry);
  if (error != 0 && error != ENOENT) return os_err(error, "look up user {}", uid);
  return err(ErrorCode::NotFound, "unknown user id {}", uid);
}

uint32_t current_uid() {
  return ::geteuid();
}

}  // namespace drover::sys
