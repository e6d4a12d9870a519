#pragma once

#include "base/clock.h"
#include "rpc/messages.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace drover::simulate {

// How nodes of a fleet fetch assets.
struct FetchBehaviour {
  Duration time_per_gib{0};                  // 0: nodes need no assets and hold none
  uint64_t asset_bytes = uint64_t{1} << 30;  // every asset and image has so many
  bool tells = true;                         // whether servers hear what nodes hold

  bool on() const { return time_per_gib > Duration(0); }
  Duration time_per_asset() const;
};

// What a simulated node holds ready for tasks, and what comes to it, one asset after the other. Pure.
class AssetShelf {
 public:
  // `behaviour` outlives it.
  explicit AssetShelf(const FetchBehaviour& behaviour) : behaviour_(behaviour) {}

  // When all of these (model::asset_key, model::image_key) are here: what is missing is fetched from now on. 0 names
  // nothing.
  MonoTime fetch(std::span<const uint64_t> keys, MonoTime now);
  // These are here already.
  void hold(std::span<const uint64_t> keys, MonoTime now);

  // A new stream: all is told again.
  void on_connected();
  // What servers have to hear by now; nothing if there is no news. Counts as told.
  std::optional<rpc::HeldUpdate> take_news(MonoTime now);
  // When the next one is here that servers have not heard of.
  std::optional<MonoTime> next_due() const;

  // How many have been fetched, or are on their way.
  uint64_t fetches() const { return fetches_; }

 private:
  const FetchBehaviour& behaviour_;
  std::map<uint64_t, MonoTime> here_;         // by key: since when, or from when on
  std::multimap<MonoTime, uint64_t> untold_;  // of here_
  MonoTime line_free_{};                      // when the last fetch ends
  uint64_t fetches_ = 0;
};

}  // namespace drover::simulate
