#include "cli/commands.h"

// system gc, system reconcile summaries.
namespace drover::cli {
namespace {

Result<int> run_gc(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY(during("running system garbage-collection", api.send("PUT", "/v1/system/gc", {})));
  return kSuccess;
}

Result<int> run_reconcile(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY(during("running system summary reconciliation", api.send("PUT", "/v1/system/reconcile/summaries", {})));
  return kSuccess;
}

}  // namespace

Command system_gc_command() {
  return {
      .name = "system gc",
      .summary = "Forget what has ended",
      .text =
          "Removes jobs, evaluations, allocations and deployments that have ended, and nodes that are down, without "
          "waiting for the age at which this happens by itself. Prints nothing.",
      .run = run_gc,
  };
}

Command system_reconcile_summaries_command() {
  return {
      .name = "system reconcile summaries",
      .summary = "Recount the summaries of all jobs",
      .text = "Accepted for Nomad's sake: Drover's summaries follow from the allocations and are always right.",
      .run = run_reconcile,
  };
}

}  // namespace drover::cli
