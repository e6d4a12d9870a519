#include "drivers/docker/pull_progress.h"

#include "base/strings.h"
#include "codec/json.h"
#include "drivers/docker/api.h"

namespace drover::drivers {

Status PullProgress::feed(std::string_view bytes) {
  pending_ += bytes;
  for (;;) {
    const size_t newline = pending_.find('\n');
    if (newline == std::string::npos) return Ok{};
    const std::string line = pending_.substr(0, newline);
    pending_.erase(0, newline + 1);
    if (!trim(line).empty()) TRY(message(line));
  }
}

Status PullProgress::message(std::string_view json) {
  const auto parsed = codec::parse_json(json);
  if (!parsed) return err(parsed.error().context("reading the docker daemon's progress"));
  const std::string error = text_at(*parsed, "error");
  if (!error.empty()) return err(ErrorCode::Unavailable, "{}", printable(error, 1000));
  const std::string id = text_at(*parsed, "id");
  const std::string status = text_at(*parsed, "status");
  if (status == "Downloading") {
    auto& layer = layers_[id];
    layer.current = int_at(*parsed, "progressDetail.current");
    layer.total = int_at(*parsed, "progressDetail.total");
  } else if (status == "Pulling fs layer") {
    layers_[id] = {};
  } else if (status == "Download complete" || status == "Pull complete" || status == "Already exists") {
    auto& layer = layers_[id];
    layer.current = layer.total;
    layer.done = true;
  }
  return Ok{};
}

std::string PullProgress::summary() const {
  int64_t current = 0, total = 0;
  size_t done = 0;
  for (const auto& [id, layer] : layers_) {
    current += layer.current;
    total += layer.total;
    done += layer.done ? 1 : 0;
  }
  return fmt::format("{}/{} layers, {} of {} MB", done, layers_.size(), current / 1'000'000, total / 1'000'000);
}

}  // namespace drover::drivers
