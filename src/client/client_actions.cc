// What people ask of running allocations: restarts, stops, signals, commands.

#include "client/alloc_exec.h"
#include "client/client_impl.h"

#include <utility>

namespace drover::client {

Result<std::shared_ptr<AllocRunner>> Client::Impl::find_runner(const model::AllocId& id) const {
  const auto runner = runners.find(id);
  if (runner != runners.end()) return runner->second;
  return err(ErrorCode::NotFound, "allocation \"{}\" is not on this node", id.str());
}

net::Task<Status> Client::Impl::answer_alloc_action(rpc::CallRequest request, CallWriter& writer) {
  CO_TRY_LET(const auto runner, find_runner(request.alloc_id));
  Status done = Ok{};
  if (request.method == rpc::CallMethod::AllocSignal) {
    done = co_await runner->signal(request.task, request.signal);
  } else if (request.method == rpc::CallMethod::TasksStop) {
    done = runner->stop_tasks(request.tasks);
  } else if (request.method == rpc::CallMethod::TasksRestart) {
    done = runner->restart_tasks(request.tasks);
  } else if (request.all_tasks) {
    done = runner->restart_all();
  } else {
    done = runner->restart_task(request.task);
  }
  if (!done) co_return done;
  const auto begun = co_await writer.begin("application/json");
  if (!begun) co_return begun;
  co_return co_await writer.write("{}");
}

net::Task<Status> Client::Impl::answer_alloc_exec(rpc::CallRequest request, CallWriter& writer) {
  if (options.disable_remote_exec) {
    co_return err(ErrorCode::PermissionDenied, "this node lets nobody run commands in its tasks (disable_remote_exec)");
  }
  CO_TRY_LET(const auto runner, find_runner(request.alloc_id));
  CO_TRY_LET(const auto task, runner->find_task(request.task));
  const auto running = task->running();
  if (!running) co_return err(ErrorCode::Conflict, "task \"{}\" is not running", request.task);
  co_return co_await run_exec(running, std::move(request), writer);
}

}  // namespace drover::client
