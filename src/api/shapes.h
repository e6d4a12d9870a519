#pragma once

#include "model/allocation.h"
#include "model/deployment.h"
#include "model/evaluation.h"
#include "model/job.h"
#include "model/node.h"
#include "state/summary.h"
#include "state/view.h"

#include <string>

// The rows of the state as the API shows them, in Nomad 1.1's shapes. Each appends one JSON object and copies nothing
// that it does not have to: lists have 100,000 rows and more.
namespace drover::api {

void write_job(std::string& out, const model::Job& job);
void write_job_stub(std::string& out, const model::Job& job, const state::Snapshot& snapshot);
void write_summary(std::string& out, const state::JobSummary& summary);

void write_alloc(std::string& out, const model::Allocation& alloc, const state::Snapshot& snapshot);

struct AllocStubOptions {
  bool resources = false;
  bool task_states = true;
};
void write_alloc_stub(std::string& out, const model::Allocation& alloc, const state::Snapshot& snapshot,
                      const AllocStubOptions& options = {});

void write_deployment(std::string& out, const model::Deployment& deployment);

void write_eval(std::string& out, const model::Evaluation& eval);

// Never with its secret.
void write_node(std::string& out, const model::Node& node);

struct NodeStubOptions {
  bool resources = false;
};
void write_node_stub(std::string& out, const model::Node& node, const NodeStubOptions& options = {});

}  // namespace drover::api
