#include "agent/artifact_options.h"

#include "base/strings.h"

#include <cstdlib>

namespace drover::agent {
namespace {

uint64_t size_of(const std::string& text, const char* key, Diagnostics& diagnostics) {
  const auto size = assets::parse_size(text);
  if (size) return *size;
  diagnostics.error(std::string("client.artifact.") + key, size.error().message());
  return 0;
}

std::vector<std::string> environment_of(const std::string& names) {
  std::vector<std::string> out;
  for (const std::string& part : split(names, ',')) {
    const std::string name(trim(part));
    const char* value = name.empty() ? nullptr : std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value != nullptr) out.push_back(name + "=" + value);
  }
  return out;
}

}  // namespace

client::ArtifactsOptions artifact_options(const ArtifactConfig& config, Diagnostics& diagnostics) {
  client::ArtifactsOptions out;
  if (config.decompression_file_count_limit < 0) {
    diagnostics.error("client.artifact.decompression_file_count_limit", "must not be below 0");
  }
  out.limits = {.http_timeout = config.http_read_timeout,
                .s3_timeout = config.s3_timeout,
                .gcs_timeout = config.gcs_timeout,
                .git_timeout = config.git_timeout,
                .hg_timeout = config.hg_timeout,
                .download_bytes = size_of(config.http_max_size, "http_max_size", diagnostics),
                .unpacked_bytes = size_of(config.decompression_size_limit, "decompression_size_limit", diagnostics),
                .unpacked_files = static_cast<uint64_t>(config.decompression_file_count_limit)};
  out.fetcher.environment = environment_of(config.set_environment_variables);
  out.fetcher.isolate = !config.disable_filesystem_isolation;
  return out;
}

}  // namespace drover::agent
