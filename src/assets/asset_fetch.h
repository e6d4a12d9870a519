#pragma once

#include "assets/asset.h"
#include "assets/fetch.h"

#include <string>
#include <vector>

namespace drover::assets {

// Downloads the files of an asset, several at a time, into <work>, which may hold what earlier attempts have left: they
// are continued. Verifies each by the hashes that the source tells, and writes the manifest. Blocks. Runs in the helper
// process (helper.h), and for tests anywhere. `context.env` is not used: credentials are the asset's own.
Result<Fetched> fetch_asset(const FetchContext& context, const AssetOrder& order);

}  // namespace drover::assets
