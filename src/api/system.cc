#include "api/handlers.h"

namespace drover::api {

net::Task<Result<Answer>> collect_garbage(Request, Context& context) {
  CO_TRY(co_await context.frontend()->collect_garbage());
  co_return Answer{};
}

// Summaries are derived from the allocations with every change and cannot be wrong: there is nothing to do.
Result<Answer> reconcile_summaries(const Request&, Context&) {
  return Answer{};
}

}  // namespace drover::api
