#pragma once

#include "base/random.h"
#include "codec/fwd.h"
#include "codec/type_info.h"

#include <cstddef>
#include <cstdint>

namespace drover::codec {

struct RandomLimits {
  size_t max_elements = 3;  // of a list or map
  size_t max_string = 12;   // characters
  uint32_t max_depth = 5;   // of structs in structs; below, lists, maps and optionals are empty
};

// Fills every field with a small random value, often zero or empty; strings hold odd but valid UTF-8. Whole doubles and
// null elements do not appear inside Values, so that every instance survives JSON.
void randomize(const TypeInfo& type, void* object, Random& random, const RandomLimits& limits = {});

template <class T>
T random_instance(Random& random, const RandomLimits& limits = {}) {
  T object;
  randomize(type_of<T>(), &object, random, limits);
  return object;
}

}  // namespace drover::codec
