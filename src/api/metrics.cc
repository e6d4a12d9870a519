#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "api/handlers.h"
#include "api/json_object.h"
#include "base/duration.h"
#include "codec/describe.h"

// Figures under Nomad's names where it has them, as go-metrics JSON or in Prometheus' text format.
namespace drover::api {
namespace {

using Kind = LocalMetric::Kind;
using Metrics = std::vector<LocalMetric>;

// The server's figures that only grow; the others are gauges.
constexpr auto kCounters = std::to_array<std::string_view>(
    {"writer.batches", "writer.commands", "writer.refused_writes", "writer.write_nanos", "scheduler.evaluations",
     "scheduler.placements", "scheduler.partial_commits", "scheduler.nanos"});

void add_server(Metrics& metrics, const server::ServerInfo& info) {
  for (const auto& [name, value] : info.stats) {
    const bool grows = std::ranges::find(kCounters, std::string_view(name)) != kCounters.end();
    metrics.push_back({.kind = grows ? Kind::Counter : Kind::Gauge,
                       .name = "nomad.nomad." + name,
                       .value = static_cast<double>(value)});
  }
}

// How many rows have each status, those that none has included.
template <class Status, class Table>
void add_statuses(Metrics& metrics, std::string_view prefix, const Table& table) {
  std::map<int64_t, double> by_status;
  for (const auto& entry : table) ++by_status[static_cast<int64_t>(entry.value->status)];
  for (const auto& name : model::enum_names(Status{})) {
    metrics.push_back({.name = fmt::format("{}.{}", prefix, name.name), .value = by_status[name.value]});
  }
}

void add_jobs(Metrics& metrics, const state::Snapshot& snapshot) {
  add_statuses<model::JobStatus>(metrics, "nomad.nomad.job_status", snapshot.jobs());
  for (const auto& entry : snapshot.summaries()) {
    for (const auto& [group, counts] : entry.value->summary) {
      const std::pair<const char*, int32_t> named[] = {{"queued", counts.queued},     {"complete", counts.complete},
                                                       {"failed", counts.failed},     {"running", counts.running},
                                                       {"starting", counts.starting}, {"lost", counts.lost}};
      for (const auto& [state, count] : named) {
        metrics.push_back({.name = std::string("nomad.nomad.job_summary.") + state,
                           .value = static_cast<double>(count),
                           .labels = {{"job", entry.key.id}, {"namespace", entry.key.ns}, {"task_group", group}}});
      }
    }
  }
}

void add_nodes(Metrics& metrics, const state::Snapshot& snapshot) {
  add_statuses<model::NodeStatus>(metrics, "nomad.nomad.node_status", snapshot.nodes());
  metrics.push_back({.name = "nomad.state.latest_index", .value = static_cast<double>(snapshot.index())});
}

Metrics collect(Context& context) {
  Metrics metrics = context.local().metrics();
  if (context.frontend()) {
    const auto snapshot = context.frontend()->snapshot();
    add_server(metrics, context.frontend()->info());
    add_jobs(metrics, *snapshot);
    add_nodes(metrics, *snapshot);
  }
  std::ranges::sort(metrics, {}, [](const LocalMetric& metric) { return std::tie(metric.name, metric.labels); });
  return metrics;
}

void add_number(JsonObject& object, const char* name, double value) {
  codec::append_json_number(object.value(name), value);
}

void write_labels(JsonObject& object, const LocalMetric& metric) {
  JsonObject labels(object.value("Labels"));
  for (const auto& [name, value] : metric.labels) labels.text(name, value);
  labels.end();
}

void write_gauge(std::string& out, const LocalMetric& metric) {
  JsonObject object(out);
  object.text("Name", metric.name);
  add_number(object, "Value", metric.value);
  write_labels(object, metric);
  object.end();
}

// go-metrics shows what an interval added up to; here the interval is the process's life.
void write_counter(std::string& out, const LocalMetric& metric) {
  JsonObject object(out);
  object.text("Name", metric.name);
  add_number(object, "Count", metric.value);
  add_number(object, "Sum", metric.value);
  for (const char* name : {"Rate", "Min", "Max", "Mean", "Stddev"}) add_number(object, name, 0);
  write_labels(object, metric);
  object.end();
}

std::string json_metrics(const Metrics& metrics, WallTime now) {
  Metrics gauges, counters;
  for (const LocalMetric& metric : metrics) (metric.kind == Kind::Gauge ? gauges : counters).push_back(metric);
  std::string time = format_time(now);  // go-metrics writes "2026-11-22 21:08:00 +0000 UTC"
  time[time.find('T')] = ' ';
  time.replace(time.find('Z'), 1, " +0000 UTC");
  std::string text;
  JsonObject object(text);
  object.text("Timestamp", time);
  object.list("Gauges", gauges, write_gauge);
  object.value("Points") += "[]";
  object.list("Counters", counters, write_counter);
  object.value("Samples") += "[]";
  object.end();
  return text;
}

std::string prometheus_name(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!plain) c = '_';
  }
  return out;
}

std::string prometheus_label(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string_view("\\n") : std::string_view(&c, 1);
  }
  return out;
}

std::string prometheus_metrics(const Metrics& metrics) {
  std::string text;
  std::string_view former;
  for (const LocalMetric& metric : metrics) {
    const std::string name = prometheus_name(metric.name);
    if (metric.name != former) {
      text += "# TYPE " + name + (metric.kind == Kind::Gauge ? " gauge\n" : " counter\n");
      former = metric.name;
    }
    text += name;
    char separator = '{';
    for (const auto& [label, value] : metric.labels) {
      text += separator + prometheus_name(label) + "=\"" + prometheus_label(value) + '"';
      separator = ',';
    }
    if (!metric.labels.empty()) text += '}';
    text += ' ';
    codec::append_json_number(text, metric.value);
    text += '\n';
  }
  return text;
}

}  // namespace

Result<Answer> metrics(const Request& request, Context& context) {
  const std::string_view format = request.param("format");
  if (format == "prometheus") {
    return Answer{.body = prometheus_metrics(collect(context)), .content_type = "text/plain; version=0.0.4"};
  }
  if (!format.empty()) return err(ErrorCode::InvalidArgument, "unknown format: only \"prometheus\", or none for JSON");
  return Answer{.body = json_metrics(collect(context), context.now())};
}

}  // namespace drover::api
