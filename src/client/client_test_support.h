#pragma once

#include "client/client.h"
#include "client/testing.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::client {

using model::ClientStatus;
using model::JobType;

// A data directory, and the server that the agents of a test talk to.
class ClientTest : public ::testing::Test {
 protected:
  model::AllocId run(const model::Job& job, uint64_t number = 1) {
    const auto alloc = make_alloc(job, number);
    server.assign(alloc, job);
    return alloc.id;
  }
  bool becomes(model::AllocId id, ClientStatus status) {
    return server.wait([&] { return server.status_is(id, status); });
  }
  void stop_alloc(model::AllocId id) {
    server.change(id, [](model::Allocation& alloc) { alloc.desired_status = model::DesiredStatus::Stop; });
  }
  std::string alloc_path(model::AllocId id) const { return dir.path() + "/alloc/" + id.str(); }

  TestDir dir;
  FakeServer server;
};

inline model::Task hook(model::Task task, const char* when, bool sidecar = false) {
  task.lifecycle = model::Lifecycle{.hook = when, .sidecar = sidecar};
  return task;
}

// Appends its name to the allocation's file "order".
inline model::Task noting(const std::string& name, const std::string& then = "true") {
  return shell_task(name, "echo " + name + " >> \"$NOMAD_ALLOC_DIR/data/order\"; " + then);
}

}  // namespace drover::client
