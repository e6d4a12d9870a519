#pragma once

// Why allocations end, for people; as Nomad says it.
namespace drover::sched {

inline constexpr const char* kNotNeededText = "alloc not needed due to job update";
inline constexpr const char* kLostText = "alloc is lost since its node is down";
inline constexpr const char* kTaintedText = "alloc not needed as node is tainted";
inline constexpr const char* kMigratingText = "alloc is being migrated";
inline constexpr const char* kUpdatingText = "alloc is being updated due to job update";
inline constexpr const char* kRescheduledText = "alloc was rescheduled because it failed";
inline constexpr const char* kUnknownText = "alloc is unknown since its node is disconnected";
inline constexpr const char* kReconnectedText = "alloc not needed due to disconnected client reconnect";

}  // namespace drover::sched
