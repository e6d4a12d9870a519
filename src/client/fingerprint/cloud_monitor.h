#pragma once

#include "client/fingerprint/cloud.h"
#include "net/loop.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace drover::client {

// A metadata service, and the address that its paths are beneath.
struct CloudService {
  Cloud cloud = Cloud::None;
  std::string url;
};

// The service of this machine's cloud, or the one that the environment names (AWS_ENV_URL, GCE_ENV_URL, AZURE_ENV_URL,
// as of Nomad). Reads what the firmware says. Blocks.
CloudService find_cloud_service(const std::map<std::string, std::string>& environment);

// Asks the metadata service, again if it does not answer, and gives up at last. Owner: the loop's thread.
class CloudMonitor {
 public:
  using OnFacts = std::function<void(const CloudFacts& facts)>;

  explicit CloudMonitor(net::Loop& loop) : loop_(loop) {}
  ~CloudMonitor() { stop(); }
  CloudMonitor(const CloudMonitor&) = delete;
  CloudMonitor& operator=(const CloudMonitor&) = delete;

  // Returns when the service has answered, is known not to, or `patience` is over. At once without a cloud.
  net::Task<void> start(CloudService service, Duration patience, OnFacts on_facts);
  void stop();

 private:
  struct State {
    CloudService service;
    OnFacts on_facts;
    bool over = false;
    net::Notifier done;
  };
  static net::Task<void> run(std::shared_ptr<State> state);

  net::Loop& loop_;
  std::shared_ptr<State> state_;
  net::Spawned task_;
};

}  // namespace drover::client
