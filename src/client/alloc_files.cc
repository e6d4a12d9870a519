#include "client/alloc_files.h"

#include "base/strings.h"
#include "client/files/file_json.h"
#include "client/files/log_files.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "sys/directory.h"
#include "sys/read_at.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/core.h>

namespace drover::client {
namespace {

using rpc::CallRequest;

constexpr size_t kChunk = 64 << 10;
constexpr Duration kFastPoll = std::chrono::milliseconds(20);
constexpr Duration kSlowPoll = std::chrono::milliseconds(250);
// Nomad's clients expect a sign of life about once a second in a framed stream.
constexpr Duration kHeartbeat = std::chrono::seconds(1);
constexpr const char* kHeartbeatFrame = "{}\n";

constexpr std::string_view kLogFolder = "alloc/logs";
constexpr const char* kJson = "application/json";
constexpr const char* kPlain = "text/plain; charset=utf-8";
constexpr const char* kBinary = "application/octet-stream";

// How long to wait for more of a file: short while it grows, longer when it is quiet.
class PollPace {
 public:
  Duration next() {
    const Duration pause = pause_;
    pause_ = std::min(pause_ * 2, kSlowPoll);
    quiet_ += pause;
    return pause;
  }
  void reset() { *this = PollPace(); }
  // True once for each kHeartbeat without news.
  bool heartbeat_due() {
    if (quiet_ < kHeartbeat) return false;
    quiet_ = Duration(0);
    return true;
  }

 private:
  Duration pause_ = kFastPoll;
  Duration quiet_{0};
};

std::string parent_of(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return "";
  const size_t slash = path.rfind('/', end);
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace

struct AllocFiles::Entry {
  sys::Directory root;
  std::string real_path;  // of the root, without links
  std::vector<std::string> tasks;
  std::vector<std::string> mute;
  bool removed = false;

  // By where the file really is, so that no link gets around it.
  Status check_readable(const sys::Fd& fd) const;
  Result<sys::Fd> open_file(const std::string& path) const;
  Result<sys::Directory> open_directory(const std::string& path) const;
};

Status AllocFiles::Entry::check_readable(const sys::Fd& fd) const {
  std::error_code error;
  const auto real = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd.get()), error).string();
  if (error) return err(ErrorCode::Internal, "resolving a path: {}", error.message());
  for (const auto& task : tasks) {
    const std::string secrets = real_path + "/" + task + "/secrets";
    if (real == secrets || real.starts_with(secrets + "/")) {
      return err(ErrorCode::PermissionDenied, "the secrets directory of task \"{}\" cannot be read", task);
    }
  }
  return Ok{};
}

Result<sys::Fd> AllocFiles::Entry::open_file(const std::string& path) const {
  TRY_LET(auto fd, root.open_file(path));
  TRY(check_readable(fd));
  return fd;
}

Result<sys::Directory> AllocFiles::Entry::open_directory(const std::string& path) const {
  TRY_LET(auto directory, root.open_directory(path));
  TRY(check_readable(directory.fd()));
  return directory;
}

void AllocFiles::add(model::AllocId id, AllocFilesEntry entry) {
  owner_.check();
  remove(id);
  auto root = sys::Directory::open(entry.directory, "the allocation directory");
  if (!root) return;
  std::error_code error;
  auto real = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(root->fd().get()), error).string();
  if (error) return;
  entries_[id] = std::make_shared<Entry>(Entry{.root = std::move(*root),
                                               .real_path = std::move(real),
                                               .tasks = std::move(entry.tasks),
                                               .mute = std::move(entry.mute)});
}

void AllocFiles::remove(model::AllocId id) {
  owner_.check();
  const auto it = entries_.find(id);
  if (it == entries_.end()) return;
  it->second->removed = true;
  entries_.erase(it);
}

net::Task<Status> AllocFiles::handle(CallRequest request, CallWriter& writer) {
  owner_.check();
  const auto it = entries_.find(request.alloc_id);
  if (it == entries_.end()) {
    co_return err(ErrorCode::NotFound, "allocation \"{}\" is not on this node", request.alloc_id.str());
  }
  const std::shared_ptr<const Entry> entry = it->second;
  if (request.offset < 0 || request.limit < 0) {
    co_return err(ErrorCode::InvalidArgument, "offset and limit cannot be negative");
  }
  switch (request.method) {
    case rpc::CallMethod::FsList:
      co_return co_await list(entry, std::move(request), writer);
    case rpc::CallMethod::FsStat:
      co_return co_await stat(entry, std::move(request), writer);
    case rpc::CallMethod::FsCat:
      request.offset = 0;
      request.limit = 0;
      co_return co_await read(entry, std::move(request), writer);
    case rpc::CallMethod::FsReadAt:
      co_return co_await read(entry, std::move(request), writer);
    case rpc::CallMethod::FsStream:
      co_return co_await stream(entry, std::move(request), writer);
    case rpc::CallMethod::FsLogs:
      co_return co_await logs(entry, std::move(request), writer);
    case rpc::CallMethod::HostStats:
    case rpc::CallMethod::AllocStats:
    case rpc::CallMethod::AllocRestart:
    case rpc::CallMethod::AllocSignal:
    case rpc::CallMethod::AllocExec:
    case rpc::CallMethod::AssetList:
    case rpc::CallMethod::AssetPrefetch:
    case rpc::CallMethod::AssetEvict:
    case rpc::CallMethod::TasksStop:
    case rpc::CallMethod::TasksRestart:
    case rpc::CallMethod::NodeInfo:
    case rpc::CallMethod::AllocSnapshot:
    case rpc::CallMethod::AllocCollect:
      break;
  }
  co_return err(ErrorCode::InvalidArgument, "the call is not about files");
}

// ---- Directories

net::Task<Status> AllocFiles::list(std::shared_ptr<const Entry> entry, CallRequest request, CallWriter& writer) {
  const auto work = [entry, path = request.path]() -> Result<std::string> {
    TRY_LET(const auto directory, entry->open_directory(path));
    TRY_LET(const auto files, directory.list(""));
    std::string out = "[";
    for (const auto& file : files) {
      if (out.size() > 1) out += ',';
      out += codec::to_json(file_info_of(file));
    }
    return out + "]";
  };
  auto listed = co_await net::run_blocking(pool_, work);
  CO_TRY_LET(auto text, std::move(listed));
  const auto begun = co_await writer.begin(kJson);
  if (!begun) co_return begun;
  co_return co_await writer.write(std::move(text));
}

net::Task<Status> AllocFiles::stat(std::shared_ptr<const Entry> entry, CallRequest request, CallWriter& writer) {
  const auto work = [entry, path = request.path]() -> Result<std::string> {
    TRY(entry->open_directory(parent_of(path)));
    TRY_LET(const auto info, entry->root.stat(path));
    return codec::to_json(file_info_of(info));
  };
  auto found = co_await net::run_blocking(pool_, work);
  CO_TRY_LET(auto text, std::move(found));
  const auto begun = co_await writer.begin(kJson);
  if (!begun) co_return begun;
  co_return co_await writer.write(std::move(text));
}

// ---- Files

net::Task<Status> AllocFiles::read(std::shared_ptr<const Entry> entry, CallRequest request, CallWriter& writer) {
  const auto open = [entry, path = request.path] { return entry->open_file(path); };
  auto opened = co_await net::run_blocking(pool_, open);
  CO_TRY_LET(const auto fd, std::move(opened));
  const auto begun = co_await writer.begin(kBinary);
  if (!begun) co_return begun;
  auto offset = static_cast<uint64_t>(request.offset);
  auto left = request.limit == 0 ? UINT64_MAX : static_cast<uint64_t>(request.limit);
  while (left > 0) {
    const auto work = [&fd, offset, size = std::min<uint64_t>(left, kChunk)] { return sys::read_at(fd, offset, size); };
    auto chunk = co_await net::run_blocking(pool_, work);
    CO_TRY_LET(auto bytes, std::move(chunk));
    if (bytes.empty()) break;
    offset += bytes.size();
    left -= bytes.size();
    const auto written = co_await writer.write(std::move(bytes));
    if (!written) co_return written;
  }
  co_return Ok{};
}

namespace {

std::string encode(const CallRequest& request, std::string bytes, const std::string& file, uint64_t end) {
  if (request.plain) return bytes;
  return encode_frame({.offset = static_cast<int64_t>(end), .data = {.value = std::move(bytes)}, .file = file});
}

std::string encode_event(const CallRequest& request, const std::string& file, const char* event) {
  return request.plain ? std::string() : encode_frame({.file = file, .file_event = event});
}

struct FileChunk {
  std::string bytes;
  bool truncated = false;
  bool deleted = false;
};

}  // namespace

net::Task<Status> AllocFiles::stream(std::shared_ptr<const Entry> entry, CallRequest request, CallWriter& writer) {
  const auto open = [entry, path = request.path] { return entry->open_file(path); };
  auto opened = co_await net::run_blocking(pool_, open);
  CO_TRY_LET(const auto fd, std::move(opened));
  const auto size_of = [&fd] { return std::filesystem::file_size("/proc/self/fd/" + std::to_string(fd.get())); };
  const auto size = co_await net::run_blocking(pool_, size_of);
  uint64_t offset = static_cast<uint64_t>(request.offset);
  if (request.origin == "end") offset = size > offset ? size - offset : 0;
  const auto begun = co_await writer.begin(request.plain ? kPlain : kJson);
  if (!begun) co_return begun;

  PollPace pace;
  while (!entry->removed) {
    const auto work = [&fd, &entry, &request, offset]() -> Result<FileChunk> {
      TRY_LET(auto bytes, sys::read_at(fd, offset, kChunk));
      if (!bytes.empty() || !request.follow) return FileChunk{.bytes = std::move(bytes)};
      std::error_code error;
      const auto now = std::filesystem::file_size("/proc/self/fd/" + std::to_string(fd.get()), error);
      return FileChunk{.truncated = !error && now < offset, .deleted = !entry->root.exists(request.path)};
    };
    auto read = co_await net::run_blocking(pool_, work);
    CO_TRY_LET(auto chunk, std::move(read));
    std::string out;
    if (chunk.truncated) {
      offset = 0;
      out = encode_event(request, request.path, "file truncated");
    } else if (chunk.deleted) {
      out = encode_event(request, request.path, "file deleted");
    } else if (!chunk.bytes.empty()) {
      offset += chunk.bytes.size();
      out = encode(request, std::move(chunk.bytes), request.path, offset);
    }
    if (!out.empty()) {
      const auto written = co_await writer.write(std::move(out));
      if (!written) co_return written;
      pace.reset();
      if (!chunk.deleted) continue;
    }
    if (!request.follow || chunk.deleted) break;
    co_await net::sleep_for(pace.next());
    if (!pace.heartbeat_due() || request.plain) continue;
    const auto alive = co_await writer.write(kHeartbeatFrame);
    if (!alive) co_return alive;
  }
  co_return Ok{};
}

// ---- Logs

namespace {

// Of a place that a frame named: the file "alloc/logs/<prefix>N", and the offset in it.
Result<LogPosition> parse_place(const CallRequest& request, std::string_view prefix) {
  const std::string start = fmt::format("{}/{}", kLogFolder, prefix);
  const auto index = request.path.starts_with(start) ? parse_uint(request.path.substr(start.size())) : std::nullopt;
  if (index) return LogPosition{.index = *index, .offset = static_cast<uint64_t>(request.offset)};
  return err(ErrorCode::InvalidArgument, "\"{}\" is no log file of task \"{}\"", printable(request.path), request.task);
}

Result<LogReader> open_logs(const sys::Directory& root, const CallRequest& request) {
  const std::string type = request.log_type.empty() ? "stdout" : request.log_type;
  if (type != "stdout" && type != "stderr") {
    return err(ErrorCode::InvalidArgument, "log type must be stdout or stderr, got \"{}\"", printable(type));
  }
  const std::string prefix = request.task + "." + type + ".";
  TRY_LET(auto logs, root.open_directory(std::string(kLogFolder), sys::Symlinks::Refuse));
  if (!request.path.empty()) {
    TRY_LET(const LogPosition place, parse_place(request, prefix));
    return LogReader(std::move(logs), prefix, place);
  }
  TRY_LET(const auto files, list_log_files(logs, prefix));
  if (files.empty()) {
    if (request.follow) return LogReader(std::move(logs), prefix, {});
    return err(ErrorCode::NotFound, "task \"{}\" has no logs: it has not been started yet", request.task);
  }
  const auto start = locate_log(files, request.origin, static_cast<uint64_t>(request.offset));
  return LogReader(std::move(logs), prefix, start);
}

}  // namespace

net::Task<Status> AllocFiles::logs(std::shared_ptr<const Entry> entry, CallRequest request, CallWriter& writer) {
  if (std::ranges::find(entry->tasks, request.task) == entry->tasks.end()) {
    co_return err(ErrorCode::NotFound, "the allocation has no task \"{}\"", printable(request.task));
  }
  if (std::ranges::find(entry->mute, request.task) != entry->mute.end()) {
    co_return err(ErrorCode::NotFound, "the output of task \"{}\" is not kept: its logs are disabled", request.task);
  }
  const auto open = [entry, &request] { return open_logs(entry->root, request); };
  auto opened = co_await net::run_blocking(pool_, open);
  CO_TRY_LET(auto reader, std::move(opened));
  const auto begun = co_await writer.begin(request.plain ? kPlain : kJson);
  if (!begun) co_return begun;

  auto left = request.limit == 0 ? UINT64_MAX : static_cast<uint64_t>(request.limit);
  PollPace pace;
  while (!entry->removed && left > 0) {
    const auto work = [&reader, size = std::min<uint64_t>(left, kChunk)] { return reader.read(size); };
    auto read = co_await net::run_blocking(pool_, work);
    CO_TRY_LET(auto bytes, std::move(read));
    if (bytes.empty() && !request.follow) break;
    if (bytes.empty()) {
      co_await net::sleep_for(pace.next());
      if (!pace.heartbeat_due() || request.plain) continue;
      const auto alive = co_await writer.write(kHeartbeatFrame);
      if (!alive) co_return alive;
      continue;
    }
    pace.reset();
    left -= bytes.size();
    const std::string file = fmt::format("{}/{}", kLogFolder, reader.file_name());
    const auto written = co_await writer.write(encode(request, std::move(bytes), file, reader.position().offset));
    if (!written) co_return written;
  }
  co_return Ok{};
}

}  // namespace drover::client
