#pragma once

#include "base/clock.h"
#include "client/sync/update_queue.h"
#include "net/loop.h"
#include "rpc/node_stream_client.h"

#include <chrono>
#include <memory>

namespace drover::client {

// Sends reports: at once when nothing was sent for a moment, else in batches, which are small for what people wait for.
// Owner: the loop's thread.
class UpdateSender {
 public:
  static constexpr Duration kBatchInterval = std::chrono::milliseconds(25);
  static constexpr Duration kUrgentInterval = std::chrono::milliseconds(4);

  enum class Urgency : uint8_t { Normal, Urgent };

  UpdateSender(net::Loop& loop, const Clock& clock) : loop_(loop), clock_(clock) {}
  ~UpdateSender() { stop(); }
  UpdateSender(const UpdateSender&) = delete;
  UpdateSender& operator=(const UpdateSender&) = delete;

  void put(model::Allocation report, Urgency urgency);
  void put(rpc::AllocServices services);
  void forget(model::AllocId id) { queue_.forget(id); }
  // Something about it is not acknowledged yet.
  bool is_pending(model::AllocId id) const { return queue_.contains(id); }

  // `sender` is used until on_disconnected() or stop().
  void on_connected(rpc::MessageSender& sender);
  void on_disconnected() { sender_ = nullptr; }
  void on_ack(uint64_t sequence) { queue_.ack(sequence); }
  // Sends what waits for its batch, now.
  void flush();
  void stop();

 private:
  void schedule(Urgency urgency);

  net::Loop& loop_;
  const Clock& clock_;
  UpdateQueue queue_;
  rpc::MessageSender* sender_ = nullptr;
  MonoTime last_flush_;
  bool scheduled_ = false;
  MonoTime due_;
  net::Timer timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace drover::client
