#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/value.h"
#include "jobspec/to_hcl.h"

// The conversion of a job to a Nosana definition takes everything that it says in the definition away from the job's
// tree; what remains is what could not be said.
namespace drover::jobspec {

// Removes a member of an object; null if there is none.
codec::Value take(codec::Value& object, std::string_view key);

// Names every member that remains and says something.
void leave_out_rest(const codec::Value& object, const std::string& path, std::vector<LeftOut>& left_out);

// What a definition asks of the machine, in its `meta.system_requirements`.
using NosanaRequirements = codec::Value::Object;

// What a task of the job's tree is converted with.
struct NosanaTaskContext {
  std::string path;
  bool was_operation = false;  // the task was made of an operation
  codec::Value group_restart;  // the group's policy, null if it has none
  NosanaRequirements* requirements = nullptr;
  std::vector<LeftOut>* left_out = nullptr;
};

// The `args` of the operation that does what a docker task does.
codec::Value take_nosana_args(codec::Value& task, const NosanaTaskContext& context);

// The `results` of an operation; null if there are none.
codec::Value take_nosana_results(codec::Value& task);

}  // namespace drover::jobspec
