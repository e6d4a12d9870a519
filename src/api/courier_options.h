#pragma once

#include "base/clock.h"

#include <chrono>
#include <string>
#include <vector>

namespace drover::api {

struct CourierOptions {
  std::vector<std::string> allowed_networks;  // "10.0.0.0/8": endpoints there may be asked, beside public ones
  int tries = 4;
  Duration between_tries = std::chrono::seconds(10);
  Duration result_wait = std::chrono::seconds(60);  // for somebody to fetch a result
};

}  // namespace drover::api
