#include "model/node.h"

#include "base/hash.h"

#include <array>
#include <string_view>

#include <fmt/core.h>

namespace drover::model {
namespace {

// Over fields with their lengths, so that no two lists of fields read the same.
class Fingerprint {
 public:
  void add(std::string_view text) {
    add_number(text.size());
    hash_ = fnv1a(text, hash_);
  }

  void add(const std::map<std::string, std::string>& entries) {
    for (const auto& [key, value] : entries) {
      if (key.find("unique.") != std::string::npos) continue;
      add(key);
      add(value);
    }
    add("");
  }

  std::string text() const { return fmt::format("v1:{:016x}", hash_); }

 private:
  void add_number(uint64_t number) {
    std::array<char, 8> bytes{};
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(number >> (8 * i));
    hash_ = fnv1a({bytes.data(), bytes.size()}, hash_);
  }

  uint64_t hash_ = kFnvBasis;
};

}  // namespace

std::string compute_class(const Node& node) {
  Fingerprint fingerprint;
  fingerprint.add(node.datacenter);
  fingerprint.add(node.node_class);
  fingerprint.add(node.node_pool);
  for (const auto& [name, driver] : node.drivers) {
    if (!driver.detected) continue;
    fingerprint.add(name);
    fingerprint.add(driver.healthy ? "healthy" : "unhealthy");
    fingerprint.add(driver.attributes);
  }
  fingerprint.add("");
  fingerprint.add(node.attributes);
  fingerprint.add(node.meta);
  return fingerprint.text();
}

}  // namespace drover::model
