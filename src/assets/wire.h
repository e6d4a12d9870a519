#pragma once

#include "assets/request.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

// What the agent and the process that fetches for it tell each other. Both are of one program, so there are no
// versions.
namespace drover::assets {

// What the helper is told, beside the descriptors it inherits.
struct HelperOrder {
  FetchRequest request;
  bool isolate = true;  // from the file system (client.artifact.disable_filesystem_isolation)
};

std::string encode(const HelperOrder& order);
Result<HelperOrder> decode_order(std::string_view bytes);

// Any number of Progress, then one result.
using HelperMessage = std::variant<Progress, Fetched, Error>;

std::string encode(const HelperMessage& message);
// Takes the first whole message off `buffer`; nothing if there is none yet.
Result<std::optional<HelperMessage>> take_message(std::string& buffer);

}  // namespace drover::assets
