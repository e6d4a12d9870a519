#pragma once

#include "base/result.h"
#include "codec/fwd.h"
#include "codec/value.h"
#include "model/task_io.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace drover::model {

// A node pool with a queue, as Nosana's markets are (facts/nosana.md 3.4): its nodes are those whose `node_pool` is the
// slug, and so are its jobs. The names of its fields in JSON are Nosana's.
struct Market {
  std::string slug;
  std::string name;     // for people
  std::string address;  // another name for it in requests
  std::string type = "OTHER";  // "PREMIUM", "COMMUNITY" or "OTHER"
  std::vector<std::string> gpu_types;
  double lowest_vram = 0;  // GB
  int64_t default_timeout = 0;  // minutes, for jobs that name none; 0: none
  int64_t max_timeout = 0;      // minutes; 0: no limit
  double usd_reward_per_hour = 0;
  double nos_reward_per_second = 0;
  double nos_job_price_per_second = 0;
  double network_fee_percentage = 0;
  std::vector<std::string> required_images;
  std::vector<codec::Value> required_remote_resources;  // objects, as in 002
  uint64_t create_index = 0;
  uint64_t modify_index = 0;

  bool requires_something() const { return !required_images.empty() || !required_remote_resources.empty(); }
};
void describe(codec::StructBuilder& d, Market& r);

// Everything that is wrong with it, in one error.
Status validate(const Market& market);

// Which required images and resources these are: a node that has all of them says so with it. "" for none.
std::string requirements_id(const Market& market);

// A resource that a market requires as something to fetch. InvalidArgument if it is none.
Result<Asset> required_asset(const codec::Value& resource);

// The resource without its credentials: for everybody to see.
codec::Value without_credentials(codec::Value resource);

}  // namespace drover::model
