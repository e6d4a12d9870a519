#include "api/handlers.h"
#include "base/strings.h"
#include "codec/json.h"

// What people ask of running allocations: restarts, signals, commands. Their node carries it out.
namespace drover::api {
namespace {

using rpc::CallMethod;
using rpc::CallRequest;

// The object of a body that may be empty, too.
Result<codec::Value> read_optional_object(const Request& request) {
  if (trim(request.http.body).empty()) return codec::Value(codec::Value::Object{});
  return read_json_object(request);
}

Status read_text(const codec::Value& body, const char* name, std::string& out) {
  const auto* value = body.find(name);
  if (!value || value->is_null()) return Ok{};
  if (!value->as_string()) return err(ErrorCode::InvalidArgument, "{} must be a string", name);
  out = *value->as_string();
  return Ok{};
}

Result<std::vector<std::string>> read_command(const Request& request) {
  const auto text = request.param("command");
  if (text.empty()) return err(ErrorCode::InvalidArgument, "command must be given: a JSON list of strings");
  const auto parsed = codec::parse_json(text);
  const auto* list = parsed ? parsed->as_array() : nullptr;
  if (!list || list->empty()) return err(ErrorCode::InvalidArgument, "command must be a JSON list of strings");
  std::vector<std::string> command;
  for (const auto& word : *list) {
    if (!word.as_string()) return err(ErrorCode::InvalidArgument, "command must be a JSON list of strings");
    command.push_back(*word.as_string());
  }
  if (command[0].empty()) return err(ErrorCode::InvalidArgument, "command names no program");
  return command;
}

}  // namespace

Result<CallRequest> call_alloc_restart(const Request& request) {
  TRY_LET(const auto id, path_id<model::AllocId>(request, "allocation"));
  TRY_LET(const auto body, read_optional_object(request));
  CallRequest call{.method = CallMethod::AllocRestart, .alloc_id = id};
  TRY(read_text(body, "TaskName", call.task));
  const auto* all = body.find("AllTasks");
  if (all && !all->is_null() && !all->as_bool()) {
    return err(ErrorCode::InvalidArgument, "AllTasks must be true or false");
  }
  call.all_tasks = all && all->as_bool() && *all->as_bool();
  if (call.all_tasks && !call.task.empty()) {
    return err(ErrorCode::InvalidArgument, "TaskName and AllTasks exclude each other");
  }
  return call;
}

Result<CallRequest> call_alloc_signal(const Request& request) {
  TRY_LET(const auto id, path_id<model::AllocId>(request, "allocation"));
  TRY_LET(const auto body, read_json_object(request));
  CallRequest call{.method = CallMethod::AllocSignal, .alloc_id = id};
  TRY(read_text(body, "Signal", call.signal));
  TRY(read_text(body, "Task", call.task));
  if (call.signal.empty()) return err(ErrorCode::InvalidArgument, "Signal must be given: \"SIGHUP\", for example");
  return call;
}

Result<CallRequest> call_alloc_exec(const Request& request) {
  TRY_LET(const auto id, path_id<model::AllocId>(request, "allocation"));
  CallRequest call{.method = CallMethod::AllocExec, .alloc_id = id, .task = std::string(request.param("task"))};
  if (call.task.empty()) return err(ErrorCode::InvalidArgument, "task name must be given");
  TRY_LET(call.command, read_command(request));
  TRY_LET(call.tty, bool_param(request, "tty"));
  return call;
}

}  // namespace drover::api
