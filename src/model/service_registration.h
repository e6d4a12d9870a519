#pragma once

#include "codec/fwd.h"
#include "model/ids.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace drover::model {

// A service of a running task, as other tasks find it (`/v1/service/:name`).
struct ServiceRegistration {
  std::string id;  // "_nomad-task-<alloc>-<task>-<service>-<port label>"
  std::string service_name;
  std::string ns = kDefaultNamespace;
  NodeId node_id;
  std::string datacenter;
  std::string job_id;
  AllocId alloc_id;
  std::string task;
  std::vector<std::string> tags;
  std::map<std::string, std::string> meta;
  std::string address;
  int32_t port = 0;
  std::string health;  // "passing", "warning", "critical", worst of its checks
  uint64_t create_index = 0;
  uint64_t modify_index = 0;
};
void describe(codec::StructBuilder& d, ServiceRegistration& r);

}  // namespace drover::model
