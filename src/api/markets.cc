#include "api/market_queue.h"

#include "api/find.h"
#include "api/handlers.h"
#include "api/json_object.h"
#include "api/replies.h"
#include "base/duration.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"

// Markets under /v1, and under /api as Nosana's dashboard has them.
namespace drover::api {
namespace {

using codec::Value;

Result<state::Row<model::Market>> find_market(const Request& request, const state::Snapshot& snapshot) {
  auto market = snapshot.find_market(request.id);
  if (!market) return err(ErrorCode::NotFound, "market \"{}\" not found", printable(request.id));
  return market;
}

std::string waiting_text(const WaitingJob& waiting, size_t position, const std::string& market, size_t length) {
  std::string out;
  JsonObject object(out);
  object.text("Market", market);
  object.number("Position", position);
  object.number("Length", length);
  object.text("JobID", waiting.job->id);
  object.text("Namespace", waiting.job->ns);
  object.time("SubmitTime", waiting.job->submit_time);
  object.text("EvalID", waiting.eval->id.str());
  object.text("Code", waiting.code);
  object.text("Reason", waiting.reason);
  object.end();
  return out;
}

Result<model::Market> read_market(const Request& request) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(auto market, codec::from_value<model::Market>(body));
  if (market.slug.empty()) market.slug = request.id;
  if (!request.id.empty() && market.slug != request.id) {
    return err(ErrorCode::InvalidArgument, "the slug \"{}\" is not that of the path", printable(market.slug));
  }
  return market;
}

// {"Timeout": nanoseconds or "90m"} is the new one, {"Minutes": 30} is added.
Result<Duration> read_timeout(const Value& body, Duration current) {
  const Value* minutes = body.find("Minutes");
  if (minutes && minutes->as_int() && *minutes->as_int() > 0) return current + std::chrono::minutes(*minutes->as_int());
  const Value* timeout = body.find("Timeout");
  if (timeout && timeout->as_int()) return Duration(*timeout->as_int());
  if (timeout && timeout->as_string()) {
    const auto parsed = parse_duration(*timeout->as_string());
    if (parsed) return *parsed;
  }
  return err(ErrorCode::InvalidArgument, "give Minutes, or a Timeout such as \"90m\"");
}

}  // namespace

Result<Answer> list_markets(const Request&, const SnapshotPtr& snapshot) {
  Answer answer{.body = "["};
  for (const auto& entry : snapshot->markets()) {
    if (answer.body.size() > 1) answer.body += ',';
    answer.body += codec::to_json(shown(*entry.value));
  }
  answer.body += ']';
  return answer;
}

Result<Answer> get_market(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto market, find_market(request, *snapshot));
  return Answer{.body = codec::to_json(shown(*market))};
}

Result<Answer> get_required_resources(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto market, find_market(request, *snapshot));
  const model::Market visible = shown(*market);
  std::string out;
  JsonObject object(out);
  object.member("required_images", visible.required_images);
  object.member("required_remote_resources", visible.required_remote_resources);
  object.end();
  return Answer{.body = std::move(out)};
}

Result<Answer> get_market_queue(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto market, find_market(request, *snapshot));
  const auto queue = market_queue(*snapshot, market->slug);
  Answer answer{.body = "["};
  for (size_t i = 0; i < queue.size(); ++i) {
    if (i > 0) answer.body += ',';
    answer.body += waiting_text(queue[i], i + 1, market->slug, queue.size());
  }
  answer.body += ']';
  return answer;
}

Result<Answer> get_job_queue(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto job, find_job(request, *snapshot));
  const auto market = snapshot->market(job->node_pool);
  const auto queue = market ? market_queue(*snapshot, market->slug) : std::vector<WaitingJob>();
  for (size_t i = 0; i < queue.size(); ++i) {
    if (queue[i].job->key() != job->key()) continue;
    return Answer{.body = waiting_text(queue[i], i + 1, market->slug, queue.size())};
  }
  std::string out;
  JsonObject object(out);
  object.text("Market", market ? market->slug : "");
  object.number("Position", 0);
  object.number("Length", queue.size());
  object.text("JobID", job->id);
  object.text("Namespace", job->ns);
  object.end();
  return Answer{.body = std::move(out)};
}

Result<Write> put_market(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(auto market, read_market(request));
  // What was shown comes back without its credentials: those that are stored stay.
  const auto stored = snapshot.market(market.slug);
  for (Value& resource : market.required_remote_resources) {
    for (const Value& old : stored ? stored->required_remote_resources : std::vector<Value>()) {
      if (model::without_credentials(old) == resource) resource = old;
    }
  }
  const std::string slug = market.slug;
  return Write{.command = state::make_command(state::PutMarket{.market = std::move(market), .time = context.now()}),
               .reply = [slug](const state::Reply& reply) {
                 return codec::dump(Value::Object{{"slug", slug}, {"Index", static_cast<int64_t>(reply.index)}});
               }};
}

Result<Write> delete_market(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto market, find_market(request, snapshot));
  return Write{.command = state::make_command(state::DeleteMarket{.slug = market->slug, .time = context.now()}),
               .reply = [](const state::Reply& reply) {
                 return codec::dump(Value::Object{{"Index", static_cast<int64_t>(reply.index)}});
               }};
}

Result<Write> extend_job(const Request& request, Context&, const state::Snapshot& snapshot) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(const auto job, find_job(request, snapshot));
  TRY_LET(const Duration timeout, read_timeout(body, job->timeout));
  model::Job extended = *job;
  extended.timeout = timeout;
  TRY(apply_market(snapshot, extended));
  return Write{
      .command = state::make_command(state::ExtendJob{.ns = job->ns, .job_id = job->id, .timeout = extended.timeout}),
      .reply = [id = job->id, timeout](const state::Reply& reply) {
        return codec::dump(Value::Object{{"JobID", id},
                                         {"Timeout", static_cast<int64_t>(timeout.count())},
                                         {"Index", static_cast<int64_t>(reply.index)}});
      }};
}

}  // namespace drover::api
