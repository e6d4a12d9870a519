#include "base/strings.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "codec/json.h"

// scaling policy list, scaling policy info.
namespace drover::cli {
namespace {

// "Namespace:default,Job:web,Group:api"
std::string target_text(const Json& policy) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : policy["Target"].members()) parts.push_back(name + ":" + value.text());
  return join(parts, ",");
}

Result<int> run_list(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  net::StringPairs query;
  for (const char* name : {"job", "type"}) {
    if (session.args.has(name)) query.emplace_back(name, session.args.get(name));
  }
  TRY_LET(const Answer answer, during("listing scaling policies", api.get("/v1/scaling/policies", std::move(query))));
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  Table table({"ID", "Enabled", "Type", "Target"});
  for (const Json& policy : Json(answer.value).items()) {
    table.add({session.short_id(policy["ID"].text()), policy["Enabled"].truth() ? "true" : "false",
               policy["Type"].text(), target_text(policy)});
  }
  session.console.line(table.empty() ? "No policies found" : table.format());
  return kSuccess;
}

Result<int> run_info(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string id, find_scaling_policy(api, session.args.positional()[0]));
  TRY_LET(const Answer answer, during("querying scaling policy", api.get(api_path("/v1/scaling/policy/", id))));
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  const Json policy(answer.value);
  Facts facts;
  facts.add("ID", session.short_id(policy["ID"].text()));
  facts.add("Enabled", policy["Enabled"].truth() ? "true" : "false");
  facts.add("Target", target_text(policy));
  facts.add("Min", policy["Min"].text());
  facts.add("Max", policy["Max"].text());
  const std::string rules =
      policy["Policy"].present() ? codec::dump(policy["Policy"].value(), {.pretty = true}) : "<empty>";
  session.console.line(facts.format() + "\n\n" + session.console.paint(Colour::Bold, "Policy:") + "\n" +
                       printable_lines(rules));
  return kSuccess;
}

}  // namespace

Command scaling_policy_list_command() {
  return {
      .name = "scaling policy list",
      .arguments = "[options]",
      .summary = "List scaling policies",
      .text = "Lists the scaling policies of all jobs: within which bounds a group's count may be changed.",
      .options = {{"job", "job", "Only those of this job."},
                  {"type", "type", "Only those of this type: horizontal, vertical_cpu or vertical_mem."},
                  kJsonOption,
                  kTemplateOption,
                  kVerboseOption},
      .run = run_list,
  };
}

Command scaling_policy_info_command() {
  return {
      .name = "scaling policy info",
      .arguments = "[options] <policy>",
      .summary = "Show a scaling policy",
      .text = "Shows a scaling policy, named by its id or the beginning of it.",
      .options = {kJsonOption, kTemplateOption, kVerboseOption},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run_info,
  };
}

}  // namespace drover::cli
