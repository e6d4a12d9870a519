#pragma once

#include "cli/command.h"
#include "cli/json.h"

#include <string>

namespace drover::cli {

// "ID = …", with the job where the deployment is not shown below its job.
enum class DeploymentOf { Anything, Job };
std::string deployment_facts(const Session& session, const Json& deployment, DeploymentOf owner);

// How far each group is. Columns appear only if some group has something to say in them.
std::string deployment_table(const Json& deployment);

// Deployments as rows, the newest first; with the job unless all are of one.
std::string deployment_list(const Session& session, std::vector<Json> deployments, DeploymentOf owner);

bool deployment_has_ended(const Json& deployment);

}  // namespace drover::cli
