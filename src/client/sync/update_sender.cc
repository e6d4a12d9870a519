#include "client/sync/update_sender.h"

#include <utility>

namespace drover::client {
namespace {

constexpr size_t kMaxReportsInMessage = 500;

}  // namespace

void UpdateSender::put(model::Allocation report, Urgency urgency) {
  queue_.put(std::move(report));
  schedule(urgency);
}

void UpdateSender::put(rpc::AllocServices services) {
  queue_.put(std::move(services));
  schedule(Urgency::Normal);
}

void UpdateSender::on_connected(rpc::MessageSender& sender) {
  sender_ = &sender;
  queue_.resend();
  schedule(Urgency::Urgent);
}

void UpdateSender::stop() {
  *alive_ = false;
  timer_.cancel();
  sender_ = nullptr;
}

void UpdateSender::schedule(Urgency urgency) {
  if (sender_ == nullptr || !queue_.has_unsent()) return;
  const MonoTime due = last_flush_ + (urgency == Urgency::Urgent ? kUrgentInterval : kBatchInterval);
  if (scheduled_ && due_ <= due) return;
  scheduled_ = true;
  due_ = due;
  timer_.cancel();
  auto run = [this, alive = alive_] {
    if (*alive) flush();
  };
  const MonoTime now = clock_.mono();
  // Posted, not called: what changes together is sent together.
  if (now >= due) return loop_.post("send updates", std::move(run));
  timer_ = loop_.after(due - now, "send updates", std::move(run));
}

void UpdateSender::flush() {
  scheduled_ = false;
  last_flush_ = clock_.mono();
  while (sender_ != nullptr) {
    auto allocs = queue_.take_allocs(kMaxReportsInMessage);
    if (!allocs) break;
    if (!sender_->send(std::move(*allocs))) return;
  }
  while (sender_ != nullptr) {
    auto services = queue_.take_services(kMaxReportsInMessage);
    if (!services) break;
    if (!sender_->send(std::move(*services))) return;
  }
}

}  // namespace drover::client
