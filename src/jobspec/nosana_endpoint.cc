#include "jobspec/nosana_endpoint.h"

#include "jobspec/nosana_flow.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/core.h>
#include <openssl/sha.h>

namespace drover::jobspec {
namespace {

constexpr size_t kIdLength = 44;
constexpr size_t kGroupLength = 45;
constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

// Bitcoin's alphabet; leading zero bytes become '1' each.
std::string base58(const std::array<unsigned char, SHA512_DIGEST_LENGTH>& bytes) {
  std::vector<unsigned> digits;  // least significant first
  for (const unsigned char byte : bytes) {
    unsigned carry = byte;
    for (unsigned& digit : digits) {
      carry += digit * 256;
      digit = carry % 58;
      carry /= 58;
    }
    for (; carry > 0; carry /= 58) digits.push_back(carry % 58);
  }
  std::string out;
  for (size_t i = 0; i < bytes.size() && bytes[i] == 0; ++i) out += kBase58[0];
  std::for_each(digits.rbegin(), digits.rend(), [&](unsigned digit) { out += kBase58[digit]; });
  return out;
}

}  // namespace

std::string nosana_hash(std::string_view text, size_t length) {
  std::array<unsigned char, SHA512_DIGEST_LENGTH> digest{};
  SHA512(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return base58(digest).substr(0, length);
}

std::string nosana_endpoint_id(size_t op, std::string_view port, std::string_view job) {
  return nosana_hash(fmt::format("{}:{}:{}", op, port, job), kIdLength);
}

std::string nosana_private_endpoint_id(std::string_view random) {
  std::string hex;
  for (const char c : random) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return nosana_hash(hex, kGroupLength);
}

std::string nosana_deployment_endpoint_id(std::string_view deployment, std::string_view project,
                                          std::string_view op_id) {
  const std::string group = nosana_hash(fmt::format("{}:{}", deployment, project), kGroupLength);
  return nosana_hash(fmt::format("{}:0:{}", op_id, group), kIdLength);
}

std::string deployment_endpoint_id(const model::Job& job, const model::Task& task) {
  const auto deployment = job.meta.find("nosana.deployment_id");
  if (deployment == job.meta.end() || deployment->second.empty()) return "";
  return nosana_deployment_endpoint_id(deployment->second, nosana_project(job), flow_op_id(task));
}

std::string nosana_project(const model::Job& job) {
  const auto project = job.meta.find("nosana.project");
  return project == job.meta.end() || project->second.empty() ? job.ns : project->second;
}

}  // namespace drover::jobspec
