#include "client/templates/service_catalog.h"

#include "codec/describe.h"
#include "codec/storage.h"

#include <algorithm>

namespace drover::client {

ServiceCatalog::Subscriber ServiceCatalog::subscribe(Listener listener) {
  subscriptions_[++last_] = {.listener = std::move(listener), .queries = {}};
  return last_;
}

void ServiceCatalog::unsubscribe(Subscriber id) {
  if (subscriptions_.erase(id) > 0) review();
}

void ServiceCatalog::want(Subscriber id, std::set<rpc::ServiceQuery> queries) {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end() || found->second.queries == queries) return;
  found->second.queries = std::move(queries);
  review();
}

ServiceAnswers ServiceCatalog::answers(const std::set<rpc::ServiceQuery>& queries) const {
  ServiceAnswers out;
  for (const auto& query : queries) {
    if (const auto found = answers_.find(query); found != answers_.end()) out.insert(*found);
  }
  return out;
}

void ServiceCatalog::on_connected(rpc::MessageSender& sender) {
  sender_ = &sender;
  if (!watched_.empty()) sender.send(rpc::WatchServices{.queries = {watched_.begin(), watched_.end()}});
}

void ServiceCatalog::on_services(rpc::Services news) {
  if (!watched_.contains(news.query)) return;
  auto& known = answers_[news.query];
  const auto same = [&] {
    return std::ranges::equal(*known, news.instances, [](const auto& a, const auto& b) {
      return codec::encode_record(a) == codec::encode_record(b);
    });
  };
  if (known && same()) return;
  known = std::make_shared<const std::vector<model::ServiceRegistration>>(std::move(news.instances));
  std::vector<Listener> listeners;
  for (const auto& [id, subscription] : subscriptions_) {
    if (subscription.queries.contains(news.query)) listeners.push_back(subscription.listener);
  }
  for (const auto& listener : listeners) listener(news.query);
}

// Tells the servers what is wanted now, if that has changed.
void ServiceCatalog::review() {
  std::set<rpc::ServiceQuery> wanted;
  for (const auto& [id, subscription] : subscriptions_) {
    wanted.insert(subscription.queries.begin(), subscription.queries.end());
  }
  if (wanted == watched_) return;
  watched_ = std::move(wanted);
  std::erase_if(answers_, [&](const auto& entry) { return !watched_.contains(entry.first); });
  if (sender_) sender_->send(rpc::WatchServices{.queries = {watched_.begin(), watched_.end()}});
}

}  // namespace drover::client
