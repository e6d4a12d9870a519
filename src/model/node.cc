#include "model/node.h"

#include <string_view>

#include <fmt/core.h>

namespace drover::model {
namespace {

// FNV-1a, 64 bits, over fields with their lengths, so that no two lists of fields read the same.
class Fingerprint {
 public:
  void add(std::string_view text) {
    add_number(text.size());
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
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
    for (int shift = 0; shift < 64; shift += 8) add_byte(static_cast<unsigned char>(number >> shift));
  }
  void add_byte(unsigned char byte) { hash_ = (hash_ ^ byte) * 0x100000001b3ULL; }

  uint64_t hash_ = 0xcbf29ce484222325ULL;
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
