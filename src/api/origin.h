#pragma once

#include "base/result.h"
#include "net/http.h"

#include <cstdint>
#include <string>
#include <vector>

namespace drover::api {

// Web pages of other sites must not act through a visitor's browser (cases.md 62). Refuses, with PermissionDenied,
//  - a write, or with OriginRule::Always any request, whose Origin is neither the Host it was sent to nor one of
//  `allowed` ("https://drover.example.org");
//  - from this machine, a request for a Host that is a DNS name with a dot and not one of `allowed`: it may have been
//    made to point here (DNS rebinding).
enum class OriginRule : uint8_t { Writes, Always };
Status check_origin(const net::HttpRequest& request, const std::vector<std::string>& allowed,
                    OriginRule rule = OriginRule::Writes);

}  // namespace drover::api
