#pragma once

#include <string>
#include <vector>

#include "gotmpl/meter.h"
#include "gotmpl/value.h"

// What several functions on lists and maps are made of.
namespace drover::gotmpl {

// consul-template's `in`: an item of a list (of the same kind of number or text), or a part of a text.
Result<bool> contains(const Value& all, const Value& item, Meter& meter);

// Deep equality against the meter: values share their parts, so that looking at all of them may take long.
Result<bool> deeply_equal(const Value& a, const Value& b, Meter& meter);

// Two maps as one, level by level; where both have something that is no map, `winner` decides. What is empty counts as
// not being there.
enum class Winner : uint8_t { First, Second };
Result<Value> merge_maps(const Map& first, const Map& second, Winner winner, Meter& meter);

// The field of a record or the item of a map; null if there is none.
const Value* member_of(const Value& value, std::string_view name);

}  // namespace drover::gotmpl
