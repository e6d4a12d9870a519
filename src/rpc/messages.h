#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "codec/value.h"
#include "model/allocation.h"
#include "model/held_item.h"
#include "model/ids.h"
#include "model/node.h"
#include "model/service_registration.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

// The node protocol: one bidirectional stream from each agent to a server. Every message is a described struct, sent as
// a storage record in a frame that names its kind; unknown kinds and fields are skipped, so that versions can differ.
//
//   node → server   Hello, Heartbeat, AllocUpdates, ServiceUpdates, CallHead, CallData, CallInputCredit,
//                   WatchServices
//   server → node   Welcome, Assignments, Ack, Call, CallInput, CallCredit, CallCancel, Refused, Services
//
// The node registers with Hello and hears its heartbeat interval in Welcome; each Heartbeat answers with a Welcome
// again. Assignments name first every allocation that the node should know, later those that change. Updates carry a
// sequence number and are sent again until an Ack names it, also over a new stream.
namespace drover::rpc {

inline constexpr uint32_t kProtocolVersion = 1;

struct Hello {
  uint32_t protocol_version = kProtocolVersion;
  model::Node node;
};
void describe(codec::StructBuilder& d, Hello& r);

// What a node holds ready for tasks, as far as this stream has not said it: all of it at first, then what changes.
struct HeldUpdate {
  std::vector<model::HeldItem> changed;
  std::vector<uint64_t> gone;  // keys
};
void describe(codec::StructBuilder& d, HeldUpdate& r);

// The fingerprint is sent again when it changed.
struct Heartbeat {
  std::optional<model::Node> node;
  std::optional<HeldUpdate> held;
};
void describe(codec::StructBuilder& d, Heartbeat& r);

// What a node has to hold before it takes work of its market (model::Market): reported back as Node::prefetched.
struct Requirements {
  std::string id;
  std::vector<std::string> images;
  std::vector<codec::Value> resources;
};
void describe(codec::StructBuilder& d, Requirements& r);

struct Welcome {
  Duration heartbeat_ttl{0};              // send the next heartbeat well within this time
  std::vector<std::string> servers;       // addresses of all servers, for reconnecting
  std::vector<std::string> http_servers;  // of their HTTP API
  bool memory_oversubscription = false;   // tasks may use more memory than is reserved, up to their memory_max
  std::optional<Requirements> requirements;
};
void describe(codec::StructBuilder& d, Welcome& r);

// The server will not have this node; the reason is for people. The stream ends after it.
struct Refused {
  std::string reason;
};
void describe(codec::StructBuilder& d, Refused& r);

// An allocation to run, with the version of the job that it runs.
struct Assignment {
  model::Allocation alloc;
  model::JobKey job;
  uint64_t job_version = 0;
  // With ephemeral_disk.migrate, for one that has not started: the HTTP API of the node where its previous allocation
  // is ("10.0.0.1:4646"). "" if it was on this node, or its node is gone.
  std::string previous_http;
};
void describe(codec::StructBuilder& d, Assignment& r);

// A version of a job as a storage record: encoded once for all nodes, decoded only by those that do not have it.
struct JobRecord {
  model::JobKey job;
  uint64_t version = 0;
  uint64_t create_index = 0;  // tells a job from one of its name that was purged
  std::string record;         // of a model::Job
};
void describe(codec::StructBuilder& d, JobRecord& r);

// What this stream has not sent yet: `changed` with the `jobs` that it needs, and in `removed` what the server has
// forgotten (garbage collected), which can be destroyed. A stream begins with everything that is on the node as far as
// the server is concerned, in one message or several; the last of them is `complete` and lists it in `known`: what is
// missing there can be destroyed too.
struct Assignments {
  uint64_t index = 0;
  std::vector<model::AllocId> known;
  std::vector<Assignment> changed;
  std::vector<JobRecord> jobs;
  std::vector<model::AllocId> removed;
  bool complete = false;
};
void describe(codec::StructBuilder& d, Assignments& r);

// Client status, task states, checks and deployment health of allocations; the newest report of each.
struct AllocUpdates {
  uint64_t sequence = 0;
  std::vector<model::Allocation> allocs;  // only the node's fields matter
};
void describe(codec::StructBuilder& d, AllocUpdates& r);

// All services that one allocation offers now.
struct AllocServices {
  model::AllocId alloc_id;
  std::vector<model::ServiceRegistration> services;
};
void describe(codec::StructBuilder& d, AllocServices& r);

struct ServiceUpdates {
  uint64_t sequence = 0;
  std::vector<AllocServices> allocs;
};
void describe(codec::StructBuilder& d, ServiceUpdates& r);

// AllocUpdates and ServiceUpdates share one sequence; all up to this one are durable.
struct Ack {
  uint64_t sequence = 0;
};
void describe(codec::StructBuilder& d, Ack& r);

// The instances of one service; all services of the namespace if `name` is empty.
struct ServiceQuery {
  std::string ns;
  std::string name;
  friend auto operator<=>(const ServiceQuery&, const ServiceQuery&) = default;
};
void describe(codec::StructBuilder& d, ServiceQuery& r);

inline constexpr size_t kMaxWatchedServices = 4096;

// All that the node wants to know of from now on, over this stream: replaces what it named before. Not answered is what
// lies in a namespace of which no allocation is on the node, and what is beyond kMaxWatchedServices.
struct WatchServices {
  std::vector<ServiceQuery> queries;
};
void describe(codec::StructBuilder& d, WatchServices& r);

// The answer to a query, at once and again whenever it changes: instances that are not critical, by id. For all
// services of a namespace: each name once, with all its tags and nothing else.
struct Services {
  ServiceQuery query;
  std::vector<model::ServiceRegistration> instances;
};
void describe(codec::StructBuilder& d, Services& r);

// What a server asks of a node on behalf of an API client.
enum class CallMethod : uint8_t {
  FsList,
  FsStat,
  FsCat,
  FsReadAt,
  FsStream,
  FsLogs,
  HostStats,
  AllocStats,
  AllocRestart,
  AllocSignal,
  AllocExec,  // takes input; both ways lines of JSON, see client/alloc_exec.h
  AssetList,
  AssetPrefetch,
  AssetEvict,
  TasksStop,     // those of `tasks` that have not ended; what waits for them goes on
  TasksRestart,  // those of `tasks`, from the beginning, in the order of their graph; none of them has to run
  NodeInfo,      // what the node is and does, as Nosana's tools ask for it
  AllocSnapshot,  // the data of an allocation, once it has ended: see client/migration/
  AllocCollect,   // removes the directory of an allocation that has ended; without an id, of all that have
};
std::span<const codec::EnumName> enum_names(CallMethod);

struct CallRequest {
  CallMethod method = CallMethod::FsList;
  model::AllocId alloc_id;
  std::string path;
  std::string task;
  std::string log_type;  // "stdout" or "stderr"
  std::string origin;    // "start" or "end"
  int64_t offset = 0;
  int64_t limit = 0;  // 0: no limit
  bool follow = false;
  bool plain = false;                // raw bytes instead of JSON frames
  bool all_tasks = false;            // AllocRestart: from the beginning, with what has ended
  std::string signal;                // AllocSignal
  std::vector<std::string> command;  // AllocExec, here and below
  bool tty = false;
  std::string asset;               // AssetPrefetch: JSON of a model::Asset; AssetEvict: the start of a key, "" for all
  std::vector<std::string> tasks;  // TasksStop, TasksRestart
};
void describe(codec::StructBuilder& d, CallRequest& r);

struct Call {
  uint64_t call_id = 0;
  CallRequest request;
};
void describe(codec::StructBuilder& d, Call& r);

// The answer to a Call: first a head, then data until `end`. The node sends at most kCallWindow bytes that no
// CallCredit has returned, so that a slow reader costs a window and not the log.
struct CallHead {
  uint64_t call_id = 0;
  uint8_t error_code = 0;  // 0, or ErrorCode + 1 with `error`; then nothing follows
  std::string error;
  std::string content_type;
};
void describe(codec::StructBuilder& d, CallHead& r);

struct CallData {
  uint64_t call_id = 0;
  std::string bytes;
  bool end = false;
  std::string error;  // with `end`: why it ended early
};
void describe(codec::StructBuilder& d, CallData& r);

struct CallCredit {
  uint64_t call_id = 0;
  uint32_t bytes = 0;
};
void describe(codec::StructBuilder& d, CallCredit& r);

// What a call that takes input is sent: whole pieces, at most kCallInputWindow bytes that no CallInputCredit has
// returned, or one piece.
struct CallInput {
  uint64_t call_id = 0;
  std::string bytes;
};
void describe(codec::StructBuilder& d, CallInput& r);

struct CallInputCredit {
  uint64_t call_id = 0;
  uint32_t bytes = 0;
};
void describe(codec::StructBuilder& d, CallInputCredit& r);

struct CallCancel {
  uint64_t call_id = 0;
};
void describe(codec::StructBuilder& d, CallCancel& r);

inline constexpr uint32_t kCallWindow = 256 * 1024;
inline constexpr uint32_t kCallInputWindow = 64 * 1024;
inline constexpr uint32_t kMaxCallInput = 384 * 1024;  // of one piece

}  // namespace drover::rpc
