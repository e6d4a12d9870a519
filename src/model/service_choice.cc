#include "model/service_choice.h"

#include "base/hash.h"
#include "base/random.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace drover::model {
namespace {

uint64_t weight(std::string_view key, std::string_view instance) {
  return SeededRandom(fnv1a(instance, fnv1a(std::string_view("", 1), fnv1a(key)))).next();
}

}  // namespace

void choose_services(std::vector<const ServiceRegistration*>& services, size_t count, std::string_view key) {
  std::ranges::sort(services, std::ranges::greater(),
                    [&](const auto* service) { return std::pair(weight(key, service->id), service->id); });
  if (services.size() > count) services.resize(count);
}

}  // namespace drover::model
