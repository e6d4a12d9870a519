#pragma once

#include <string_view>

namespace drover::assets {

// The first and only argument that makes this program the process that fetches one artifact for an agent: the order on
// standard input, messages on standard output (wire.h), the working directory as descriptor 3.
inline constexpr std::string_view kHelperArgument = "internal-fetch-artifact";

// The same for an asset: the order is an AssetOrder's storage record.
inline constexpr std::string_view kAssetHelperArgument = "internal-fetch-asset";

// Never returns an error: it tells the agent. The exit status.
int run_helper();
int run_asset_helper();

}  // namespace drover::assets
