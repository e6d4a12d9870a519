#include "state/dump.h"

#include "codec/describe.h"
#include "codec/json.h"

#include <set>
#include <sstream>

namespace drover::state {

namespace {

template <class T>
std::string text_of(const T& row) {
  return codec::to_json(row);
}

template <class Rows>
void dump_rows(std::ostream& out, const char* title, const Rows& rows) {
  out << "## " << title << ' ' << rows.size() << '\n';
  for (const auto& entry : rows) out << text_of(*entry.value) << '\n';
}

template <class Rows>
void dump_ids(std::ostream& out, const std::string& title, const Rows& rows) {
  if (rows.empty()) return;
  out << title << ':';
  for (const auto& entry : rows) out << ' ' << entry.key.str() << '@' << entry.value->modify_index;
  out << '\n';
}

void dump_job_parts(std::ostream& out, const Snapshot& s) {
  std::set<model::JobKey> keys;
  for (const auto& entry : s.jobs()) keys.insert(entry.key);
  for (const auto& entry : s.allocs()) keys.insert(entry.value->job_key());
  for (const auto& entry : s.evals()) keys.insert(entry.value->job_key());
  for (const auto& entry : s.deployments()) keys.insert(entry.value->job_key());
  for (const auto& key : keys) {
    const JobActivity a = s.activity_of_job(key);
    out << key.id << " activity " << a.allocs << ' ' << a.live_allocs << ' ' << a.evals << ' ' << a.live_evals << ' '
        << a.blocked_evals << '\n';
    dump_ids(out, "allocs of " + key.id, s.allocs_of_job(key));
    dump_ids(out, "evals of " + key.id, s.evals_of_job(key));
    dump_ids(out, "deployments of " + key.id, s.deployments_of_job(key));
    if (const auto row = s.summary(key)) {
      JobSummary summary = *row;
      summary.modify_index = 0;
      out << text_of(summary) << '\n';
    }
  }
  out << "summaries " << s.summaries().size() << '\n';
}

void dump_columns(std::ostream& out, const Snapshot& s) {
  std::set<model::NodeId> ids;
  for (const auto& entry : s.nodes()) ids.insert(entry.key);
  for (const auto& entry : s.allocs()) ids.insert(entry.value->node_id);
  for (const auto& id : ids) {
    dump_ids(out, "allocs on " + id.str(), s.allocs_of_node(id));
    const auto slot = s.slot_of(id);
    if (!slot) continue;
    const ColumnChunk& c = *s.columns().chunks()[*slot / kColumnChunk];
    const size_t i = *slot % kColumnChunk;
    out << c.node_id[i].str() << ' ' << c.cpu_used[i] << '/' << c.cpu_capacity[i] << ' ' << c.memory_used[i] << '/'
        << c.memory_capacity[i] << ' ' << c.disk_used[i] << '/' << c.disk_capacity[i] << ' ' << c.alloc_count[i] << ' '
        << int{c.ready[i]} << ' ' << s.columns().class_name(c.node_class[i]) << " ports";
    for (const uint16_t port : s.columns().ports(*slot)) out << ' ' << port;
    out << " cores " << c.cores_capacity[i] << '*' << c.core_cpu[i];
    for (const int32_t core : s.columns().holdings(*slot).cores) out << ' ' << core;
    out << " devices";
    for (const UsedDevice& device : s.columns().holdings(*slot).devices) out << ' ' << device.kind << ' ' << device.id;
    out << '\n';
  }
  size_t used_slots = 0;
  for (size_t slot = 0; slot < s.columns().slots(); ++slot) {
    used_slots += s.columns().chunks()[slot / kColumnChunk]->node_id[slot % kColumnChunk].empty() ? 0 : 1;
  }
  out << "slots in use " << used_slots << '\n';
}

void dump_services(std::ostream& out, const Snapshot& s) {
  std::set<ServiceName> names;
  for (const auto& entry : s.services()) names.insert({entry.value->ns, entry.value->service_name});
  for (const ServiceName& name : names) {
    out << "service " << name.name << ':';
    for (const auto& row : s.services_named(name.ns, name.name)) out << ' ' << row->id;
    out << '\n';
  }
  for (const auto& entry : s.allocs()) {
    for (const auto& row : s.services_of_alloc(entry.key)) out << "of " << entry.key.str() << ' ' << row->id << '\n';
  }
}

}  // namespace

std::string dump(const Snapshot& s) {
  std::ostringstream out;
  out << "index " << s.index() << " tables";
  for (size_t i = 0; i < kTableCount; ++i) out << ' ' << s.table_index(static_cast<Table>(i));
  out << '\n';
  dump_rows(out, "nodes", s.nodes());
  dump_rows(out, "jobs", s.jobs());
  dump_rows(out, "versions", s.job_versions());
  dump_rows(out, "evals", s.evals());
  dump_rows(out, "allocs", s.allocs());
  dump_rows(out, "services", s.services());
  dump_rows(out, "deployments", s.deployments());
  dump_rows(out, "launches", s.periodic_launches());
  dump_rows(out, "scaling", s.all_scaling_events());
  dump_rows(out, "markets", s.markets());
  out << text_of(s.scheduler_config()) << '\n';
  dump_job_parts(out, s);
  dump_columns(out, s);
  dump_services(out, s);
  return out.str();
}

}  // namespace drover::state
