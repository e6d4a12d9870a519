#pragma once

#include "model/job.h"

namespace drover::model {

// Fills in every default that depends on the job around it: names, merged update blocks, restart and reschedule
// policies, inherited ports and check_restart of checks, `disk` of resources, artifact destinations, signal names.
// Older spellings (`stagger`, `disk`, `max_client_disconnect`, …) become what took their place. ENSURES what policies.h
// promises. Works on any decoded job, also on one that validate() will refuse; doing it twice changes nothing more.
void canonicalize(Job& job);

// The policies that apply where the author wrote nothing (design.md section 7).
RestartPolicy default_restart(JobType type);
ReschedulePolicy default_reschedule(JobType type);
UpdateStrategy default_update();
MigrateStrategy default_migrate();  // of service jobs

}  // namespace drover::model
