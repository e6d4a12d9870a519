#pragma once

#include "model/allocation.h"
#include "rpc/messages.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace drover::client {

// Reports on their way to the servers: the newest of each allocation, until an acknowledgement covers it. Pure.
class UpdateQueue {
 public:
  // Replaces an older report that was not acknowledged.
  void put(model::Allocation report);
  void put(rpc::AllocServices services);
  // The allocation is no concern of the servers any more.
  void forget(model::AllocId id);

  // What was not sent yet, at most `limit` of each; nothing if there is none. Each counts as sent.
  std::optional<rpc::AllocUpdates> take_allocs(size_t limit);
  std::optional<rpc::ServiceUpdates> take_services(size_t limit);
  bool has_unsent() const;
  bool contains(model::AllocId id) const { return allocs_.contains(id) || services_.contains(id); }
  bool empty() const { return allocs_.empty() && services_.empty(); }

  void ack(uint64_t sequence);
  // A new stream: whatever is not acknowledged is sent again.
  void resend();

 private:
  template <class T>
  struct Entry {
    T value;
    uint64_t sent = 0;  // the sequence number, 0: not sent
  };

  std::map<model::AllocId, Entry<model::Allocation>> allocs_;
  std::map<model::AllocId, Entry<rpc::AllocServices>> services_;
  uint64_t sequence_ = 0;
};

}  // namespace drover::client
