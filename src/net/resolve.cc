#include "net/resolve.h"

#include "net/stream.h"

namespace drover::net {

Task<Result<std::vector<std::string>>> resolve(std::string host) {
  const auto found = co_await find_endpoints(host, 0);
  if (found.error) co_return err(ErrorCode::Unavailable, "resolve {}: {}", host, error_text(found.error));
  std::vector<std::string> out;
  for (const auto& endpoint : found.endpoints) out.push_back(endpoint.address().to_string());
  co_return out;
}

}  // namespace drover::net
