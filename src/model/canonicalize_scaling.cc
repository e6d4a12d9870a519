#include "base/strings.h"
#include "model/canonicalize_parts.h"

// Scaling, and what happens to a group whose node cannot be reached.
namespace drover::model {
namespace {

// Gives an older spelling's value to the member of `disconnect` that took its place. Where both say something else the
// older one stays, for validate() to name.
template <class T>
void move_to(std::optional<T>& older, std::optional<T>& member) {
  if (!older) return;
  fill(member, older);
  if (member == older) older.reset();
}

void require_object(codec::Value& value) {
  if (value.is_null()) value = codec::Value::Object{};
}

}  // namespace

void canonicalize_disconnect(TaskGroup& group) {
  const bool older = group.max_client_disconnect || group.stop_after_client_disconnect;
  if (!group.disconnect && !older && !group.prevent_reschedule_on_lost.value_or(false)) {
    group.prevent_reschedule_on_lost.reset();
    return;
  }
  if (!group.disconnect) group.disconnect.emplace();
  DisconnectStrategy& disconnect = *group.disconnect;
  move_to(group.max_client_disconnect, disconnect.lost_after);
  move_to(group.stop_after_client_disconnect, disconnect.stop_on_client_after);
  if (group.prevent_reschedule_on_lost) {
    const bool replace = !*group.prevent_reschedule_on_lost;
    if (!disconnect.replace) disconnect.replace = replace;
    if (disconnect.replace == replace) group.prevent_reschedule_on_lost.reset();
  }
  if (!disconnect.replace) disconnect.replace = true;
  if (!disconnect.reconcile || disconnect.reconcile->empty()) disconnect.reconcile = "best_score";
}

void canonicalize_scaling(TaskGroup& group) {
  if (!group.scaling) return;
  fill(group.scaling->type, "horizontal");
  if (!group.scaling->min) group.scaling->min = group.count;
  require_object(group.scaling->policy);
}

void canonicalize_scaling(Task& task) {
  for (ScalingPolicy& policy : task.scaling_policies) {
    if (!policy.min) policy.min = 0;
    require_object(policy.policy);
  }
}

}  // namespace drover::model
