#pragma once

#include "client/agent_context.h"
#include "client/services/check.h"
#include "client/services/check_restart.h"
#include "client/services/check_status.h"
#include "client/services/endpoint_services.h"
#include "client/services/registration.h"
#include "model/allocation.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace drover::client {

class ServiceListener {
 public:
  virtual ~ServiceListener() = default;
  // A registration, its health, or the state of a check has changed.
  virtual void on_services_changed() = 0;
  // check_restart: the task has to be restarted; "": all tasks of the group.
  virtual void on_unhealthy(const std::string& task, const std::string& reason) = 0;
  // What a script check runs in; null if the task does not run.
  virtual std::shared_ptr<drivers::RunningTask> running_task(const std::string& task) const = 0;
};

// The services that one allocation offers at the moment, with their checks. Owner: the loop's thread.
class ServiceSet {
 public:
  ServiceSet(AgentContext& agent, ServiceListener& listener) : agent_(agent), listener_(listener) {}
  ~ServiceSet() { clear(); }
  ServiceSet(const ServiceSet&) = delete;
  ServiceSet& operator=(const ServiceSet&) = delete;

  struct Offer {
    std::shared_ptr<const model::Allocation> alloc;
    std::string task;  // "" for services of the group
    std::string group;
    std::vector<model::Service> services;  // interpolated
    std::vector<EndpointService> endpoints;
    std::optional<drivers::TaskNetwork> network;
    std::string alloc_ip;
    MonoTime task_started;
  };

  // Replaces what the task, or the group, offered before. What can be wrong with a service is returned.
  std::vector<std::string> add(Offer offer);
  void remove(const std::string& task);
  void clear();

  // With the health of each.
  std::vector<model::ServiceRegistration> registrations() const;
  std::vector<model::CheckState> checks() const;
  // True if all checks of the task's services pass.
  bool healthy(const std::string& task) const;
  // True if no check keeps a deployment from going on: each passes, or its on_update does not mind.
  bool all_healthy() const;

 private:
  struct CheckEntry {
    CheckTarget target;  // without what runs
    std::string script_task;
    std::string restarts_task;
    model::CheckState state;
    CheckStatus status;
    CheckRestartTracker restarts;
    net::Spawned loop;
    // Of an exposed port: soon again until it passes, then seldom, or not at all.
    bool of_endpoint = false;
    bool once = false;
    bool removed = false;
  };
  struct ServiceEntry {
    model::ServiceRegistration registration;
    std::vector<std::shared_ptr<CheckEntry>> checks;
  };

  std::shared_ptr<CheckEntry> start_check(const Offer& offer, const ServiceOwner& owner, const model::Service& service,
                                          const model::Check& check, std::vector<std::string>& problems);
  std::shared_ptr<CheckEntry> start_endpoint_check(const Offer& offer, const ServiceOwner& owner,
                                                   const model::Service& service, const model::EndpointCheck& check,
                                                   std::vector<std::string>& problems);
  void add_endpoint(const Offer& offer, const ServiceOwner& owner, const EndpointService& endpoint,
                    std::vector<std::string>& problems);
  void on_result(CheckEntry& entry, CheckResult result);
  static Duration interval_of(const CheckEntry& entry);
  static net::Task<void> run_check(ServiceSet* self, std::shared_ptr<CheckEntry> entry);

  AgentContext& agent_;
  ServiceListener& listener_;
  std::map<std::string, std::vector<ServiceEntry>> offers_;  // by task
};

}  // namespace drover::client
