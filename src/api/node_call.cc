#include "api/node_call.h"

#include <utility>

namespace drover::api {
namespace {

constexpr Duration kPatience = std::chrono::seconds(10);

net::Task<Result<std::string>> read_all(Context& context, model::NodeId node, rpc::CallRequest request, size_t limit) {
  auto called = co_await call_node(context, node, std::move(request));
  CO_TRY_LET(const auto stream, std::move(called));
  std::string out;
  while (true) {
    auto next = co_await stream->next();
    CO_TRY_LET(const auto chunk, std::move(next));
    if (!chunk) co_return out;
    out += *chunk;
    if (out.size() > limit) co_return err(ErrorCode::ResourceExhausted, "the node's answer is too long");
  }
}

}  // namespace

net::Task<Result<std::unique_ptr<server::CallStream>>> call_node(Context& context, model::NodeId node,
                                                                 rpc::CallRequest request) {
  if (context.local().node_id() == node) {
    auto stream = co_await context.local().call_local(std::move(request));
    co_return stream;
  }
  auto stream = co_await context.frontend()->call_node(node, std::move(request));
  co_return stream;
}

net::Task<Result<std::string>> ask_node(Context& context, model::NodeId node, rpc::CallRequest request, size_t limit) {
  return net::with_timeout(kPatience, "the node's answer", read_all(context, node, std::move(request), limit));
}

}  // namespace drover::api
