#include "client/hooks/dispatch_payload.h"

#include "sys/directory.h"
#include "sys/files.h"

namespace drover::client {
namespace {

Status write_payload(const std::string& local, const std::string& file, const std::string& payload) {
  TRY_LET(const auto directory, sys::Directory::open(local, "the task's local directory"));
  const size_t slash = file.rfind('/');
  if (slash != std::string::npos) TRY(directory.make_directories(file.substr(0, slash), 0777));
  TRY_LET(const auto fd, directory.create_file(file));
  return sys::write_all(fd, payload);
}

}  // namespace

net::Task<Status> DispatchPayloadHook::prestart(std::shared_ptr<TaskHookContext> context) {
  const auto& file = context->task.dispatch_payload->file;
  if (file.empty() || context->job->payload.value.empty()) co_return Ok{};
  const auto work = [context] {
    return write_payload(context->dirs.local, context->task.dispatch_payload->file, context->job->payload.value);
  };
  const auto written = co_await net::run_blocking(pool_, work);
  if (!written) co_return err(written.error().context("writing the dispatch payload"));
  co_return Ok{};
}

}  // namespace drover::client
