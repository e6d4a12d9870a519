#pragma once

#include "rpc/node_stream_client.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace drover::client {

// By what is known of each; a service that is asked for but not answered yet is missing.
using ServiceAnswers = std::map<rpc::ServiceQuery, std::shared_ptr<const std::vector<model::ServiceRegistration>>>;

// The services that templates on this node ask for, as the servers tell of them. What was told stays while there is no
// connection. Owner: the client's loop.
class ServiceCatalog {
 public:
  using Listener = std::function<void(const rpc::ServiceQuery&)>;
  using Subscriber = uint64_t;

  // The listener hears of each change of what it wants.
  Subscriber subscribe(Listener listener);
  void unsubscribe(Subscriber id);
  void want(Subscriber id, std::set<rpc::ServiceQuery> queries);

  // Of those queries, what is known.
  ServiceAnswers answers(const std::set<rpc::ServiceQuery>& queries) const;

  // The stream. `sender` lives until on_disconnected.
  void on_connected(rpc::MessageSender& sender);
  void on_disconnected() { sender_ = nullptr; }
  void on_services(rpc::Services news);

 private:
  struct Subscription {
    Listener listener;
    std::set<rpc::ServiceQuery> queries;
  };

  void review();

  std::map<Subscriber, Subscription> subscriptions_;
  Subscriber last_ = 0;
  std::set<rpc::ServiceQuery> watched_;
  ServiceAnswers answers_;
  rpc::MessageSender* sender_ = nullptr;
};

}  // namespace drover::client
