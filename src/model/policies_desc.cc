#include "codec/describe.h"
#include "model/policies.h"

namespace drover::model {

using codec::kDestructive;
using codec::kLabel;
using codec::kOmitEmpty;
using codec::StructBuilder;

void describe(StructBuilder& d, RestartPolicy& r) {
  auto& [attempts, interval, delay, mode, render_templates] = r;
  d.name("RestartPolicy");
  d.field(1, attempts, "Attempts").hcl("attempts");
  d.field(2, interval, "Interval").hcl("interval");
  d.field(3, delay, "Delay").hcl("delay");
  d.field(4, mode, "Mode").hcl("mode");
  d.field(5, render_templates, "RenderTemplates").hcl("render_templates").flags(kDestructive | kOmitEmpty);
}

void describe(StructBuilder& d, UpdateStrategy& r) {
  auto& [stagger, max_parallel, health_check, min_healthy_time, healthy_deadline, progress_deadline, auto_revert,
         auto_promote, canary] = r;
  d.name("Update");
  d.field(1, stagger, "Stagger").hcl("stagger");
  d.field(2, max_parallel, "MaxParallel").hcl("max_parallel");
  d.field(3, health_check, "HealthCheck").hcl("health_check");
  d.field(4, min_healthy_time, "MinHealthyTime").hcl("min_healthy_time");
  d.field(5, healthy_deadline, "HealthyDeadline").hcl("healthy_deadline");
  d.field(6, progress_deadline, "ProgressDeadline").hcl("progress_deadline");
  d.field(7, auto_revert, "AutoRevert").hcl("auto_revert");
  d.field(8, auto_promote, "AutoPromote").hcl("auto_promote");
  d.field(9, canary, "Canary").hcl("canary");
}

void describe(StructBuilder& d, ReschedulePolicy& r) {
  auto& [attempts, interval, delay, delay_function, max_delay, unlimited] = r;
  d.name("ReschedulePolicy");
  d.field(1, attempts, "Attempts").hcl("attempts");
  d.field(2, interval, "Interval").hcl("interval");
  d.field(3, delay, "Delay").hcl("delay");
  d.field(4, delay_function, "DelayFunction").hcl("delay_function");
  d.field(5, max_delay, "MaxDelay").hcl("max_delay");
  d.field(6, unlimited, "Unlimited").hcl("unlimited");
}

void describe(StructBuilder& d, MigrateStrategy& r) {
  auto& [max_parallel, health_check, min_healthy_time, healthy_deadline] = r;
  d.name("Migrate");
  d.field(1, max_parallel, "MaxParallel").hcl("max_parallel");
  d.field(2, health_check, "HealthCheck").hcl("health_check");
  d.field(3, min_healthy_time, "MinHealthyTime").hcl("min_healthy_time");
  d.field(4, healthy_deadline, "HealthyDeadline").hcl("healthy_deadline");
}

void describe(StructBuilder& d, DisconnectStrategy& r) {
  auto& [lost_after, stop_on_client_after, replace, reconcile] = r;
  d.name("Disconnect");
  d.field(1, lost_after, "LostAfter").hcl("lost_after");
  d.field(2, stop_on_client_after, "StopOnClientAfter").hcl("stop_on_client_after");
  d.field(3, replace, "Replace").hcl("replace");
  d.field(4, reconcile, "Reconcile").hcl("reconcile");
}

void describe(StructBuilder& d, ScalingPolicy& r) {
  auto& [type, enabled, min, max, policy] = r;
  d.name("Scaling");
  d.field(1, type, "Type").hcl("type");
  d.field(2, enabled, "Enabled").hcl("enabled");
  d.field(3, min, "Min").hcl("min");
  d.field(4, max, "Max").hcl("max");
  d.field(5, policy, "Policy").hcl("policy");
}

void describe(StructBuilder& d, MultiregionStrategy& r) {
  auto& [max_parallel, on_failure] = r;
  d.name("MultiregionStrategy");
  d.field(1, max_parallel, "MaxParallel").hcl("max_parallel");
  d.field(2, on_failure, "OnFailure").hcl("on_failure");
}

void describe(StructBuilder& d, MultiregionRegion& r) {
  auto& [name, count, datacenters, node_pool, meta] = r;
  d.name("MultiregionRegion");
  d.field(1, name, "Name").flags(kLabel);
  d.field(2, count, "Count").hcl("count");
  d.field(3, datacenters, "Datacenters").hcl("datacenters");
  d.field(4, node_pool, "NodePool").hcl("node_pool").flags(kOmitEmpty);
  d.field(5, meta, "Meta").hcl("meta");
}

void describe(StructBuilder& d, Multiregion& r) {
  auto& [strategy, regions] = r;
  d.name("Multiregion");
  d.field(1, strategy, "Strategy").hcl("strategy");
  d.field(2, regions, "Regions").hcl("region");
}

void describe(StructBuilder& d, Periodic& r) {
  auto& [enabled, spec, spec_type, prohibit_overlap, time_zone, specs] = r;
  d.name("Periodic");
  d.field(1, enabled, "Enabled").hcl("enabled");
  d.field(2, spec, "Spec").hcl("cron");
  d.field(3, spec_type, "SpecType");
  d.field(4, prohibit_overlap, "ProhibitOverlap").hcl("prohibit_overlap");
  d.field(5, time_zone, "TimeZone").hcl("time_zone");
  d.field(6, specs, "Specs").hcl("crons").flags(kOmitEmpty);
}

void describe(StructBuilder& d, Parameterized& r) {
  auto& [payload, meta_required, meta_optional] = r;
  d.name("ParameterizedJob");
  d.field(1, payload, "Payload").hcl("payload");
  d.field(2, meta_required, "MetaRequired").hcl("meta_required");
  d.field(3, meta_optional, "MetaOptional").hcl("meta_optional");
}

}  // namespace drover::model
