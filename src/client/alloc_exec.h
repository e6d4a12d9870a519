#pragma once

#include "client/alloc_files.h"
#include "drivers/driver.h"
#include "net/task.h"
#include "rpc/messages.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

// Commands in tasks, as Nomad's clients speak of them: one JSON object a line, both ways.
//
//   in   {"stdin":{"data":"<base64>"}}  {"stdin":{"close":true}}  {"tty_size":{"height":24,"width":80}}  {}
//   out  {"stdout":{"data":"<base64>"}}  {"stderr":{"data":"<base64>"}}  {"stdout":{"close":true}}
//        {"exited":true,"result":{"exit_code":0}}
namespace drover::client {

struct ExecInput {
  std::string bytes;
  bool close = false;
  std::optional<drivers::TerminalSize> size;
};

// Objects without any of the members are heartbeats: nothing is in them. InvalidArgument for what is no such object.
Result<ExecInput> parse_exec_input(std::string_view line);

std::string exec_output_line(const drivers::SessionOutput& output);
std::string exec_exited_line(int exit_code);

// Runs the call's command in the task until it ends, which the caller hears of with its exit code. Cancelled, and the
// command ended, when the caller goes.
net::Task<Status> run_exec(std::shared_ptr<drivers::RunningTask> task, rpc::CallRequest request, CallWriter& writer);

}  // namespace drover::client
