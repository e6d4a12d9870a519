#pragma once

#include "assets/asset_listing.h"
#include "assets/digests.h"
#include "base/blocking_queue.h"
#include "sys/fd.h"

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace drover::assets {

// The hashes of a file's bytes that its source tells, and the SHA-256 in any case.
class ContentHash {
 public:
  explicit ContentHash(const RemoteFile& remote);
  void add(std::string_view bytes);
  // Of all that the file has: its SHA-256, or that it is something else than the source says. Once. `md5_counts`: the
  // server's ETags are MD5.
  Result<std::string> verify(bool md5_counts);

 private:
  const RemoteFile& remote_;
  uint64_t size_ = 0;
  Digest sha256_{"sha256"};
  std::optional<Digest> git_;
  std::optional<Digest> md5_;
};

// Hashes in a thread of its own a file that grows at its end: what can be read from it, so that nobody waits for it.
class FollowingHash {
 public:
  // From `hashed` on, what is before it `hash` knows. REQUIRES that nobody else uses `hash` until this is gone.
  FollowingHash(const sys::Fd& file, uint64_t hashed, ContentHash& hash);
  // Gives up what is not yet hashed.
  ~FollowingHash();
  FollowingHash(const FollowingHash&) = delete;
  FollowingHash& operator=(const FollowingHash&) = delete;

  void grown_to(uint64_t size) { sizes_.push(size); }
  // Returns when all is hashed. Once.
  Status finish();

 private:
  void run(uint64_t hashed);

  const sys::Fd& file_;
  ContentHash& hash_;
  std::atomic<bool> abandoned_ = false;
  BlockingQueue<uint64_t> sizes_;
  Status result_ = Ok{};  // of the thread until it has ended
  std::thread thread_;
};

}  // namespace drover::assets
