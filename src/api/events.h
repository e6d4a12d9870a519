#pragma once

#include "base/result.h"
#include "state/tables.h"
#include "state/view.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// What happened in the cluster, as events: derived from two snapshots, so that whatever changes the state is seen and
// no writer has to think of it.
namespace drover::api {

enum class Topic : uint8_t { Job, Evaluation, Allocation, Deployment, Node, Service };
inline constexpr size_t kTopicCount = 6;
std::string_view topic_name(Topic topic);  // "Job", …

// A change of one object. It holds the row itself; its JSON is made when it is sent.
struct Event {
  Topic topic = Topic::Job;
  std::string_view type;  // Nomad's: "AllocationUpdated"; a constant
  std::string key;        // the object's id
  std::string ns;         // "" for nodes
  std::vector<std::string> filter_keys;
  uint64_t index = 0;
  std::shared_ptr<const void> row;  // of the topic's type
};

// What happened between two snapshots, in the order of indexes. Objects that came and went between them are not seen,
// several changes of one object are one event. Costs what changed, not what there is.
std::vector<Event> events_between(const state::Snapshot& before, const state::Snapshot& after);

// What events_between() would say of a snapshot at `index`, as far as the state still knows: every object that changed
// since, as it is now. What was removed meanwhile is not in it. ResourceExhausted if more than `limit` did.
Result<std::vector<Event>> events_since(const state::Snapshot& now, uint64_t index, size_t limit);

// {"Topic": …, "Type": …, "Key": …, "Namespace": …, "FilterKeys": […], "Index": …, "Payload": {"Job": {…}}}
void write_event(std::string& out, const Event& event, const state::Snapshot& snapshot);

// The tables that events are made from.
state::TableSet event_tables();

}  // namespace drover::api
