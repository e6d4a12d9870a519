#include "assets/content_hash.h"

#include "sys/os_error.h"

#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace drover::assets {
namespace {

constexpr size_t kChunk = 256 << 10;  // stays in the cache between the copy and the hashes
constexpr size_t kMaxSizes = 1 << 20;

}  // namespace

ContentHash::ContentHash(const RemoteFile& remote) : remote_(remote) {
  if (!remote.md5.empty()) md5_.emplace("md5");
  if (remote.git_sha1.empty() || !remote.bytes) return;
  git_.emplace("sha1");
  git_->add(fmt::format("blob {}", *remote.bytes) + '\0');
}

void ContentHash::add(std::string_view bytes) {
  size_ += bytes.size();
  sha256_.add(bytes);
  if (git_) git_->add(bytes);
  if (md5_) md5_->add(bytes);
}

Result<std::string> ContentHash::verify(bool md5_counts) {
  std::string sha256 = sha256_.finish();
  const auto wrong = [] { return err(ErrorCode::InvalidArgument, "what came has another hash than the source says"); };
  if (remote_.bytes && *remote_.bytes != size_) {
    return err(ErrorCode::InvalidArgument, "{} bytes came, the source says {}", size_, *remote_.bytes);
  }
  if (!remote_.sha256.empty() && remote_.sha256 != sha256) return wrong();
  if (git_ && git_->finish() != remote_.git_sha1) return wrong();
  if (md5_ && md5_->finish() != remote_.md5 && md5_counts) return wrong();
  return sha256;
}

FollowingHash::FollowingHash(const sys::Fd& file, uint64_t hashed, ContentHash& hash)
    : file_(file), hash_(hash), thread_([this, hashed] { run(hashed); }) {}

FollowingHash::~FollowingHash() {
  abandoned_ = true;
  std::ignore = finish();
}

Status FollowingHash::finish() {
  sizes_.close();
  if (thread_.joinable()) thread_.join();
  return result_;
}

void FollowingHash::run(uint64_t hashed) {
  std::string chunk(kChunk, '\0');
  for (auto sizes = sizes_.pop_all(kMaxSizes); !sizes.empty(); sizes = sizes_.pop_all(kMaxSizes)) {
    while (hashed < sizes.back() && !abandoned_) {
      const size_t wanted = std::min<uint64_t>(chunk.size(), sizes.back() - hashed);
      const ssize_t count = ::pread(file_.get(), chunk.data(), wanted, static_cast<off_t>(hashed));
      if (count <= 0) {
        result_ = sys::os_err(count < 0 ? errno : EIO, "read what has come");
        return;
      }
      hash_.add(std::string_view(chunk).substr(0, static_cast<size_t>(count)));
      hashed += static_cast<uint64_t>(count);
    }
  }
}

}  // namespace drover::assets
