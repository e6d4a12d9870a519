#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace drover::drivers {

// What the daemon says while it pulls an image: JSON objects, one after the other. Pure.
class PullProgress {
 public:
  // Fails when the daemon reports that the pull failed.
  Status feed(std::string_view bytes);

  // "3/5 layers, 120 of 300 MB".
  std::string summary() const;

 private:
  struct Layer {
    int64_t current = 0;
    int64_t total = 0;
    bool done = false;
  };

  Status message(std::string_view json);

  std::string pending_;
  std::map<std::string, Layer> layers_;
};

}  // namespace drover::drivers
