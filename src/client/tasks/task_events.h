#pragma once

#include "base/clock.h"
#include "drivers/driver.h"
#include "model/allocation.h"

#include <map>
#include <string>
#include <string_view>

// What happens to tasks, as people see it. Types are Nomad's.
namespace drover::client::events {

inline constexpr const char* kReceived = "Received";
inline constexpr const char* kTaskSetup = "Task Setup";
inline constexpr const char* kSetupFailure = "Setup Failure";
inline constexpr const char* kFailedValidation = "Failed Validation";
inline constexpr const char* kUnresolvedLiteral = "Unresolved Literal";
inline constexpr const char* kDriver = "Driver";
inline constexpr const char* kDriverFailure = "Driver Failure";
inline constexpr const char* kStarted = "Started";
inline constexpr const char* kTerminated = "Terminated";
inline constexpr const char* kRestarting = "Restarting";
inline constexpr const char* kNotRestarting = "Not Restarting";
inline constexpr const char* kRestartSignaled = "Restart Signaled";
inline constexpr const char* kSignaling = "Signaling";
inline constexpr const char* kKilling = "Killing";
inline constexpr const char* kKilled = "Killed";
inline constexpr const char* kShutdownDelay = "Waiting for shutdown delay";
inline constexpr const char* kNoShutdownDelay = "Skipping shutdown delay";
inline constexpr const char* kDiskWarning = "Disk Resources Warning";
inline constexpr const char* kDiskExceeded = "Disk Resources Exceeded";
inline constexpr const char* kMigrating = "Migrating";
inline constexpr const char* kFailedRestoring = "Failed Restoring Task";

using Details = std::map<std::string, std::string>;

model::TaskEvent make(const char* type, WallTime now, std::string message, Details details = {});
model::TaskEvent terminated(WallTime now, const drivers::ExitResult& exit);
model::TaskEvent restarting(WallTime now, std::string_view reason, Duration delay);

// Drops the oldest beyond kMaxTaskEvents, but for the results of the task: of them the newest stay.
void append(model::TaskState& state, model::TaskEvent event);

}  // namespace drover::client::events
