#pragma once

#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace drover::assets {

// A hash that grows with what it is given.
class Digest {
 public:
  explicit Digest(const char* kind);  // "sha256", "sha1", "md5"
  void add(std::string_view bytes);
  // In hexadecimal; once.
  std::string finish();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

}  // namespace drover::assets
