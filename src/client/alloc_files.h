#pragma once

#include "base/result.h"
#include "base/thread_owner.h"
#include "net/loop.h"
#include "net/task.h"
#include "rpc/messages.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace drover::client {

// Where the answer to a call goes: begin() once, then any number of writes. write() returns when there is room for
// more, so that a slow reader slows its producer down; it fails once the reader has gone.
class CallWriter {
 public:
  virtual ~CallWriter() = default;
  virtual net::Task<Status> begin(std::string content_type) = 0;
  virtual net::Task<Status> write(std::string bytes) = 0;
  // The next piece of the caller's input, for calls that take any; beside write(). Waits for ever where there is none.
  virtual net::Task<Result<std::string>> read_input() = 0;
};

// What of an allocation can be read.
struct AllocFilesEntry {
  std::string directory;           // the allocation's
  std::vector<std::string> tasks;  // whose secrets directories are closed to readers
  std::vector<std::string> mute;   // those whose output is not kept
};

// The directories and logs of allocations, as the API shows them: everything strictly beneath the allocation's
// directory, without its secrets directories. Owner: the client's loop.
class AllocFiles {
 public:
  explicit AllocFiles(net::BlockingPool& pool) : pool_(pool) {}

  void add(model::AllocId id, AllocFilesEntry entry);
  // Readers that follow a file of it end.
  void remove(model::AllocId id);

  // FsList … FsLogs; FsLogs with a path goes on where a frame of it ended: `offset` in the file that it named. An error
  // is what the caller hears if begin() was not called yet; afterwards it is why the answer ends early. Ends by itself
  // unless `follow`; then when the reader goes, or the allocation is removed.
  net::Task<Status> handle(rpc::CallRequest request, CallWriter& writer);

 private:
  struct Entry;

  net::Task<Status> list(std::shared_ptr<const Entry> entry, rpc::CallRequest request, CallWriter& writer);
  net::Task<Status> stat(std::shared_ptr<const Entry> entry, rpc::CallRequest request, CallWriter& writer);
  net::Task<Status> read(std::shared_ptr<const Entry> entry, rpc::CallRequest request, CallWriter& writer);
  net::Task<Status> stream(std::shared_ptr<const Entry> entry, rpc::CallRequest request, CallWriter& writer);
  net::Task<Status> logs(std::shared_ptr<const Entry> entry, rpc::CallRequest request, CallWriter& writer);

  net::BlockingPool& pool_;
  ThreadOwner owner_;
  std::map<model::AllocId, std::shared_ptr<Entry>> entries_;
};

}  // namespace drover::client
