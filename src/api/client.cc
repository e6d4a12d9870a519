#include "api/handlers.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "model/validate.h"

// Files, logs and figures of allocations and nodes. The node itself checks paths (cases.md 51).
namespace drover::api {
namespace {

using rpc::CallMethod;
using rpc::CallRequest;

Result<CallRequest> alloc_call(const Request& request, CallMethod method) {
  TRY_LET(const auto id, path_id<model::AllocId>(request, "allocation"));
  return CallRequest{.method = method, .alloc_id = id};
}

// With `path`, which has to be given.
Result<CallRequest> file_call(const Request& request, CallMethod method) {
  TRY_LET(auto call, alloc_call(request, method));
  call.path = request.param("path");
  if (call.path.empty()) return err(ErrorCode::InvalidArgument, "must provide a file name");
  return call;
}

// With `path`, by default the allocation's directory.
Result<CallRequest> directory_call(const Request& request, CallMethod method) {
  TRY_LET(auto call, alloc_call(request, method));
  call.path = request.param("path");
  if (call.path.empty()) call.path = "/";
  return call;
}

Status read_position(const Request& request, CallRequest& call) {
  TRY_LET(call.offset, size_param(request, "offset"));
  TRY_LET(call.follow, bool_param(request, "follow", call.follow));
  call.origin = request.param("origin");
  if (call.origin.empty()) call.origin = "start";
  if (call.origin != "start" && call.origin != "end") {
    return err(ErrorCode::InvalidArgument, "invalid origin \"{}\": use \"start\" or \"end\"", printable(call.origin));
  }
  return Ok{};
}

}  // namespace

Result<CallRequest> call_fs_list(const Request& request) {
  return directory_call(request, CallMethod::FsList);
}

Result<CallRequest> call_fs_stat(const Request& request) {
  return directory_call(request, CallMethod::FsStat);
}

Result<CallRequest> call_fs_cat(const Request& request) {
  return file_call(request, CallMethod::FsCat);
}

Result<CallRequest> call_fs_read_at(const Request& request) {
  TRY_LET(auto call, file_call(request, CallMethod::FsReadAt));
  if (request.param("offset").empty()) return err(ErrorCode::InvalidArgument, "error parsing offset: must be given");
  TRY_LET(call.offset, size_param(request, "offset"));
  TRY_LET(call.limit, size_param(request, "limit"));
  return call;
}

Result<CallRequest> call_fs_stream(const Request& request) {
  TRY_LET(auto call, file_call(request, CallMethod::FsStream));
  call.follow = true;
  TRY(read_position(request, call));
  return call;
}

Result<CallRequest> call_fs_logs(const Request& request) {
  TRY_LET(auto call, alloc_call(request, CallMethod::FsLogs));
  call.task = request.param("task");
  if (call.task.empty()) return err(ErrorCode::InvalidArgument, "must provide task name");
  call.log_type = request.param("type");
  if (call.log_type != "stdout" && call.log_type != "stderr") {
    return err(ErrorCode::InvalidArgument, "log type must be \"stdout\" or \"stderr\", not \"{}\"",
               printable(call.log_type));
  }
  TRY_LET(call.plain, bool_param(request, "plain"));
  TRY(read_position(request, call));
  return call;
}

Result<CallRequest> call_host_stats(const Request&) {
  return CallRequest{.method = CallMethod::HostStats};
}

Result<CallRequest> call_node_info(const Request&) {
  return CallRequest{.method = CallMethod::NodeInfo};
}

Result<CallRequest> call_alloc_stats(const Request& request) {
  TRY_LET(auto call, alloc_call(request, CallMethod::AllocStats));
  call.task = request.param("task");
  return call;
}

Result<CallRequest> call_alloc_snapshot(const Request& request) {
  return alloc_call(request, CallMethod::AllocSnapshot);
}

Result<CallRequest> call_alloc_collect(const Request& request) {
  return alloc_call(request, CallMethod::AllocCollect);
}

Result<CallRequest> call_allocs_collect(const Request&) {
  return CallRequest{.method = CallMethod::AllocCollect};
}

Result<CallRequest> call_asset_list(const Request&) {
  return CallRequest{.method = CallMethod::AssetList};
}

Result<CallRequest> call_asset_prefetch(const Request& request) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(const auto asset, codec::from_value<model::Asset>(body));
  TRY(model::validate_source(asset));
  return CallRequest{.method = CallMethod::AssetPrefetch, .asset = codec::to_json(asset)};
}

Result<CallRequest> call_asset_evict(const Request& request) {
  CallRequest call{.method = CallMethod::AssetEvict, .asset = std::string(request.param("key"))};
  TRY_LET(const bool all, bool_param(request, "all"));
  if (all == call.asset.empty()) return call;
  return err(ErrorCode::InvalidArgument, "either key or all=true is needed");
}

}  // namespace drover::api
