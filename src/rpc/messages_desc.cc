#include "codec/describe.h"
#include "rpc/messages.h"

namespace drover::rpc {

using codec::EnumName;
using codec::StructBuilder;

void describe(StructBuilder& d, Hello& r) {
  auto& [protocol_version, node] = r;
  d.name("Hello");
  d.field(1, protocol_version, "ProtocolVersion");
  d.field(2, node, "Node");
}

void describe(StructBuilder& d, HeldUpdate& r) {
  auto& [changed, gone] = r;
  d.name("HeldUpdate");
  d.field(1, changed, "Changed");
  d.field(2, gone, "Gone");
}

void describe(StructBuilder& d, Heartbeat& r) {
  auto& [node, held] = r;
  d.name("Heartbeat");
  d.field(1, node, "Node");
  d.field(2, held, "Held");
}

void describe(StructBuilder& d, Requirements& r) {
  auto& [id, images, resources] = r;
  d.name("Requirements");
  d.field(1, id, "ID");
  d.field(2, images, "Images");
  d.field(3, resources, "Resources");
}

void describe(StructBuilder& d, Welcome& r) {
  auto& [heartbeat_ttl, servers, http_servers, memory_oversubscription, requirements] = r;
  d.name("Welcome");
  d.field(1, heartbeat_ttl, "HeartbeatTTL");
  d.field(2, servers, "Servers");
  d.field(3, http_servers, "HTTPServers");
  d.field(4, memory_oversubscription, "MemoryOversubscription");
  d.field(5, requirements, "Requirements");
}

void describe(StructBuilder& d, Refused& r) {
  auto& [reason] = r;
  d.name("Refused");
  d.field(1, reason, "Reason");
}

void describe(StructBuilder& d, Assignment& r) {
  auto& [alloc, job, job_version, previous_http] = r;
  d.name("Assignment");
  d.field(1, alloc, "Alloc");
  d.field(2, job, "Job");
  d.field(3, job_version, "JobVersion");
  d.field(4, previous_http, "PreviousHTTP");
}

void describe(StructBuilder& d, JobRecord& r) {
  auto& [job, version, create_index, record] = r;
  d.name("JobRecord");
  d.field(1, job, "Job");
  d.field(2, version, "Version");
  d.field(3, create_index, "CreateIndex");
  d.field(4, record, "Record");
}

void describe(StructBuilder& d, Assignments& r) {
  auto& [index, known, changed, jobs, removed, complete] = r;
  d.name("Assignments");
  d.field(1, index, "Index");
  d.field(2, known, "Known");
  d.field(3, changed, "Changed");
  d.field(4, jobs, "Jobs");
  d.field(5, removed, "Removed");
  d.field(6, complete, "Complete");
}

void describe(StructBuilder& d, AllocUpdates& r) {
  auto& [sequence, allocs] = r;
  d.name("AllocUpdates");
  d.field(1, sequence, "Sequence");
  d.field(2, allocs, "Allocs");
}

void describe(StructBuilder& d, AllocServices& r) {
  auto& [alloc_id, services] = r;
  d.name("AllocServices");
  d.field(1, alloc_id, "AllocID");
  d.field(2, services, "Services");
}

void describe(StructBuilder& d, ServiceUpdates& r) {
  auto& [sequence, allocs] = r;
  d.name("ServiceUpdates");
  d.field(1, sequence, "Sequence");
  d.field(2, allocs, "Allocs");
}

void describe(StructBuilder& d, Ack& r) {
  auto& [sequence] = r;
  d.name("Ack");
  d.field(1, sequence, "Sequence");
}

void describe(StructBuilder& d, ServiceQuery& r) {
  auto& [ns, name] = r;
  d.name("ServiceQuery");
  d.field(1, ns, "Namespace");
  d.field(2, name, "Name");
}

void describe(StructBuilder& d, WatchServices& r) {
  auto& [queries] = r;
  d.name("WatchServices");
  d.field(1, queries, "Queries");
}

void describe(StructBuilder& d, Services& r) {
  auto& [query, instances] = r;
  d.name("Services");
  d.field(1, query, "Query");
  d.field(2, instances, "Instances");
}

std::span<const EnumName> enum_names(CallMethod) {
  static constexpr EnumName kNames[] = {
      {0, "fs.ls"},          {1, "fs.stat"},      {2, "fs.cat"},           {3, "fs.readat"},     {4, "fs.stream"},
      {5, "fs.logs"},        {6, "stats.host"},   {7, "stats.alloc"},      {8, "alloc.restart"}, {9, "alloc.signal"},
      {10, "alloc.exec"},    {11, "assets.list"}, {12, "assets.prefetch"}, {13, "assets.evict"}, {14, "tasks.stop"},
      {15, "tasks.restart"}, {16, "node.info"},   {17, "alloc.snapshot"},  {18, "alloc.collect"}};
  return kNames;
}

void describe(StructBuilder& d, CallRequest& r) {
  auto& [method, alloc_id, path, task, log_type, origin, offset, limit, follow, plain, all_tasks, signal, command, tty,
         asset, tasks] = r;
  d.name("CallRequest");
  d.field(1, method, "Method");
  d.field(2, alloc_id, "AllocID");
  d.field(3, path, "Path");
  d.field(4, task, "Task");
  d.field(5, log_type, "LogType");
  d.field(6, origin, "Origin");
  d.field(7, offset, "Offset");
  d.field(8, limit, "Limit");
  d.field(9, follow, "Follow");
  d.field(10, plain, "Plain");
  d.field(11, all_tasks, "AllTasks");
  d.field(12, signal, "Signal");
  d.field(13, command, "Command");
  d.field(14, tty, "TTY");
  d.field(15, asset, "Asset").flags(codec::kSecret);
  d.field(16, tasks, "Tasks");
}

void describe(StructBuilder& d, Call& r) {
  auto& [call_id, request] = r;
  d.name("Call");
  d.field(1, call_id, "CallID");
  d.field(2, request, "Request");
}

void describe(StructBuilder& d, CallHead& r) {
  auto& [call_id, error_code, error, content_type] = r;
  d.name("CallHead");
  d.field(1, call_id, "CallID");
  d.field(2, error_code, "ErrorCode");
  d.field(3, error, "Error");
  d.field(4, content_type, "ContentType");
}

void describe(StructBuilder& d, CallData& r) {
  auto& [call_id, bytes, end, error] = r;
  d.name("CallData");
  d.field(1, call_id, "CallID");
  d.field(2, bytes, "Bytes");
  d.field(3, end, "End");
  d.field(4, error, "Error");
}

void describe(StructBuilder& d, CallCredit& r) {
  auto& [call_id, bytes] = r;
  d.name("CallCredit");
  d.field(1, call_id, "CallID");
  d.field(2, bytes, "Bytes");
}

void describe(StructBuilder& d, CallInput& r) {
  auto& [call_id, bytes] = r;
  d.name("CallInput");
  d.field(1, call_id, "CallID");
  d.field(2, bytes, "Bytes");
}

void describe(StructBuilder& d, CallInputCredit& r) {
  auto& [call_id, bytes] = r;
  d.name("CallInputCredit");
  d.field(1, call_id, "CallID");
  d.field(2, bytes, "Bytes");
}

void describe(StructBuilder& d, CallCancel& r) {
  auto& [call_id] = r;
  d.name("CallCancel");
  d.field(1, call_id, "CallID");
}

}  // namespace drover::rpc
