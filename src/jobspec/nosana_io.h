#pragma once

#include <string>

#include "codec/value.h"

// What an operation offers and needs, as parts of a task in a Nomad job's JSON. All REQUIRE values that validate.
namespace drover::jobspec {

// `args.expose` as a list of endpoints. A spread marker is the literal that it names, or itself if it is chunked.
codec::Value lower_nosana_expose(const codec::Value& expose);

// `args.resources` as a list of assets, without the spread markers.
codec::Value lower_nosana_resources(const codec::Value& resources);

// The spread markers among `args.resources`, as JSON; "" if there are none.
std::string dynamic_nosana_resources(const codec::Value& args);

// `results` as a list.
codec::Value lower_nosana_results(const codec::Value& results);

}  // namespace drover::jobspec
