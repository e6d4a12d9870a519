#include "simulate/asset_shelf.h"

#include <algorithm>

namespace drover::simulate {

Duration FetchBehaviour::time_per_asset() const {
  constexpr double kGiB = 1 << 30;
  return Duration(static_cast<Duration::rep>(static_cast<double>(time_per_gib.count()) *
                                             (static_cast<double>(asset_bytes) / kGiB)));
}

MonoTime AssetShelf::fetch(std::span<const uint64_t> keys, MonoTime now) {
  MonoTime all = now;
  if (!behaviour_.on()) return all;
  for (const uint64_t key : keys) {
    if (key == 0) continue;
    const auto [at, missing] = here_.try_emplace(key, MonoTime{});
    if (missing) {
      line_free_ = std::max(line_free_, now) + behaviour_.time_per_asset();
      at->second = line_free_;
      untold_.emplace(line_free_, key);
      ++fetches_;
    }
    all = std::max(all, at->second);
  }
  return all;
}

void AssetShelf::hold(std::span<const uint64_t> keys, MonoTime now) {
  if (!behaviour_.on()) return;
  for (const uint64_t key : keys) {
    if (key != 0 && here_.try_emplace(key, now).second) untold_.emplace(now, key);
  }
}

void AssetShelf::on_connected() {
  untold_.clear();
  for (const auto& [key, since] : here_) untold_.emplace(since, key);
}

std::optional<rpc::HeldUpdate> AssetShelf::take_news(MonoTime now) {
  rpc::HeldUpdate news;
  const auto end = untold_.upper_bound(now);
  for (auto it = untold_.begin(); it != end; ++it) {
    news.changed.push_back({.key = it->second, .bytes = behaviour_.asset_bytes});
  }
  untold_.erase(untold_.begin(), end);
  if (news.changed.empty() || !behaviour_.tells) return std::nullopt;
  return news;
}

std::optional<MonoTime> AssetShelf::next_due() const {
  if (untold_.empty()) return std::nullopt;
  return untold_.begin()->first;
}

}  // namespace drover::simulate
