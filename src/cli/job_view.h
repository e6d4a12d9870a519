#pragma once

#include "cli/api_client.h"
#include "cli/command.h"
#include "cli/json.h"
#include "codec/value.h"

#include <string>
#include <string_view>

namespace drover::cli {

// A job as Nosana's tools see it: what its operations did, and where.
struct JobView {
  std::string id;
  std::string market;
  std::string node;  // "" while it waits for one
  std::string state;
  bool confidential = false;
  bool dead = false;  // nothing runs, nor will
  codec::Value flow;  // FlowState
  codec::Value urls;

  // Whether it has ended, and its result is nobody's to await.
  bool over() const;
  // Whether no operation has failed, and nobody stopped it. REQUIRES over().
  bool successful() const;
};

// A job's, as the server lists and shows it, in Nosana's words.
std::string_view state_of(const Json& job);

Result<JobView> read_job_view(ApiClient& api, const std::string& id);

// For people: where the job is offered, what there is to say about it as a whole, and its operations with or without
// what they wrote.
void print_head(const Session& session, const JobView& view);
void print_state(const Session& session, const JobView& view);
void print_operations(const Session& session, const JobView& view, bool with_logs);

// With the keys of Nosana's command.
codec::Value json_view(const JobView& view);

}  // namespace drover::cli
