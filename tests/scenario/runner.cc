#include "scenario/runner.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/duration.h"
#include "base/strings.h"
#include "jobspec/parse.h"
#include "scenario/expect.h"
#include "scenario/requests.h"
#include "testutil/builders.h"

namespace drover::scenario {
namespace {

Result<int64_t> number_of(const std::string& text) {
  const auto number = parse_int(text);
  if (!number) return err(ErrorCode::InvalidArgument, "\"{}\" is no number", text);
  return *number;
}

Status set_option(testing::NodeBuilder& node, const std::string& name, const std::string& value) {
  if (name == "dc")
    node.datacenter(value);
  else if (name == "class")
    node.node_class(value);
  else if (name == "pool")
    node.pool(value);
  else if (name == "driver")
    node.drivers(split(value, ','));
  else if (name == "unhealthy")
    node.unhealthy_driver(value);
  else if (name.starts_with("meta."))
    node.meta(name.substr(5), value);
  else if (name.starts_with("attr."))
    node.attribute(name.substr(5), value);
  else {
    TRY_LET(const int64_t number, number_of(value));
    if (name == "cpu")
      node.cpu(number);
    else if (name == "mem")
      node.memory(number);
    else if (name == "disk")
      node.disk(number);
    else if (name == "reserved")
      node.reserved_port(static_cast<int32_t>(number));
    else
      return err(ErrorCode::InvalidArgument, "a node has no option \"{}\"", name);
  }
  return Ok{};
}

Result<model::Job> read_job(const std::string& text, const std::string& name) {
  const jobspec::ParsedJob parsed = jobspec::parse(text, {.file = name});
  Diagnostics diagnostics;
  return jobspec::to_job(parsed, diagnostics, jobspec::Purpose::Validate);
}

Result<model::ClientStatus> status_of(const std::string& word) {
  if (word == "pending") return model::ClientStatus::Pending;
  if (word == "running") return model::ClientStatus::Running;
  if (word == "complete") return model::ClientStatus::Complete;
  if (word == "fail") return model::ClientStatus::Failed;
  return err(ErrorCode::InvalidArgument, "a client cannot \"{}\"", word);
}

}  // namespace

Status Runner::execute(const Statement& statement) {
  if (statement.word(0) == "expect") return expect(statement, world_, remembered_);
  if (statement.word(0) == "refused") {
    TRY(expect_refusal(statement));
  } else {
    TRY(act(statement));
  }
  world_.settle();
  return world_.check_invariants();
}

// refused TEXT STATEMENT…: the error has the text.
Status Runner::expect_refusal(const Statement& statement) {
  Statement inner = statement;
  inner.words.erase(inner.words.begin(), inner.words.begin() + 2);
  const Status status = act(inner);
  if (status) return err(ErrorCode::Conflict, "it was not refused");
  if (status.error().message().find(statement.word(1)) != std::string::npos) return Ok{};
  return err(ErrorCode::Conflict, "it was refused: {}", status.error().message());
}

Status Runner::act(const Statement& statement) {
  const std::string& verb = statement.word(0);
  if (verb == "node")
    return statement.words.size() == 3 && statement.word(2).find('=') == std::string::npos ? change_node(statement)
                                                                                           : add_node(statement);
  if (verb == "client") return client(statement);
  if (verb == "run") return run(statement);
  if (verb == "scale") return scale(statement);
  if (verb == "remember") return remember(statement);
  if (verb == "stop") return world_.stop(statement.word(1), World::Purge::No);
  if (verb == "purge") return world_.stop(statement.word(1), World::Purge::Yes);
  if (verb == "advance") {
    TRY_LET(const Duration by, parse_duration(statement.word(1)));
    world_.advance(by);
    return Ok{};
  }
  if (verb == "hold" || verb == "release") {
    world_.forget_processed();
    verb == "hold" ? world_.hold() : world_.release();
    return Ok{};
  }
  return request(statement, world_);
}

Status Runner::add_node(const Statement& statement) {
  testing::NodeBuilder node = testing::make_node(statement.word(1));
  for (size_t i = 2; i < statement.words.size(); ++i) {
    const std::string& word = statement.words[i];
    const size_t equals = word.find('=');
    if (equals == std::string::npos) return err(ErrorCode::InvalidArgument, "\"{}\" is not name=value", word);
    TRY(set_option(node, word.substr(0, equals), word.substr(equals + 1)));
  }
  world_.add_node(node.build());
  return Ok{};
}

Status Runner::change_node(const Statement& statement) {
  const auto node = find_node(world_.now(), statement.word(1));
  if (!node) return err(ErrorCode::NotFound, "there is no node \"{}\"", statement.word(1));
  const std::string& what = statement.word(2);
  if (what == "down") return world_.take_down(node->id);
  if (what == "up") return world_.bring_up(node->id);
  if (what == "eligible") return set_eligibility(world_, node->id, model::NodeEligibility::Eligible);
  if (what == "ineligible") return set_eligibility(world_, node->id, model::NodeEligibility::Ineligible);
  if (what == "evaluate") return evaluate_node(world_, node->id);
  if (what != "silent") return err(ErrorCode::InvalidArgument, "a node cannot be \"{}\"", what);
  world_.silence(node->id);
  return Ok{};
}

// client NODE manual | client NODE fail|complete|running|healthy|unhealthy ALLOC
Status Runner::client(const Statement& statement) {
  const auto node = find_node(world_.now(), statement.word(1));
  if (!node) return err(ErrorCode::NotFound, "there is no node \"{}\"", statement.word(1));
  if (statement.word(2) == "manual") {
    world_.set_manual(node->id);
    return Ok{};
  }
  const bool healthy = statement.word(2) == "healthy";
  const bool tells_health = healthy || statement.word(2) == "unhealthy";
  TRY_LET(const model::ClientStatus status, status_of(tells_health ? "running" : statement.word(2)));
  const auto alloc = find_alloc(world_.now(), statement.word(3));
  if (!alloc) return err(ErrorCode::NotFound, "there is no allocation \"{}\"", statement.word(3));
  if (alloc->node_id != node->id) {
    return err(ErrorCode::NotFound, "{} is on {}", alloc->name, alloc->node_name);
  }
  return world_.report(*alloc, status, tells_health ? std::optional(healthy) : std::nullopt);
}

// run <<EOF, or run FILE
Status Runner::run(const Statement& statement) {
  std::string text;
  if (statement.document) {
    text = *statement.document;
  } else {
    std::ifstream file(folder_ + "/" + statement.word(1));
    if (!file) return err(ErrorCode::NotFound, "there is no file \"{}\" beside the scenario", statement.word(1));
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  TRY_LET(model::Job job, read_job(text, statement.document ? "job" : statement.word(1)));
  return world_.run(std::move(job));
}

// scale JOB.GROUP COUNT
Status Runner::scale(const Statement& statement) {
  const std::string& name = statement.word(1);
  const size_t dot = name.find('.');
  model::Job key{.id = name.substr(0, dot)};
  const auto stored = world_.now().job(key.key());
  if (!stored) return err(ErrorCode::NotFound, "there is no job \"{}\"", key.id);
  model::Job job = *stored;
  TRY_LET(const int64_t count, number_of(statement.word(2)));
  const auto group = std::find_if(job.task_groups.begin(), job.task_groups.end(), [&](const auto& g) {
    return dot != std::string::npos && g.name == name.substr(dot + 1);
  });
  if (group == job.task_groups.end()) return err(ErrorCode::NotFound, "there is no group \"{}\"", name);
  group->count = static_cast<int32_t>(count);
  return world_.run(std::move(job));
}

Status Runner::remember(const Statement& statement) {
  const auto alloc = find_alloc(world_.now(), statement.word(1));
  if (!alloc) return err(ErrorCode::NotFound, "there is no allocation \"{}\"", statement.word(1));
  remembered_[statement.word(1)] = alloc->id;
  return Ok{};
}

}  // namespace drover::scenario
