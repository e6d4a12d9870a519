#include "rpc/health_probe.h"

#include "net/loop.h"
#include "net/testing.h"
#include "rpc/grpc_support.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

namespace drover::rpc {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class HealthProbeTest : public ::testing::Test {
 protected:
  HealthProbeTest() {
    init_grpc();
    loop.start();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.RegisterCallbackGenericService(&generic);  // a server has to have some service of its own
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    server = builder.BuildAndStart();
  }
  ~HealthProbeTest() override {
    server->Shutdown();
    loop.stop();
    loop.join();
  }

  std::string probe(const std::string& service, bool tls = false) {
    const auto status = *net::run_to_end(loop, probe_health({.address = "127.0.0.1:" + std::to_string(port),
                                                             .service = service,
                                                             .timeout = 5s,
                                                             .tls = tls,
                                                             .verify = false}));
    return status ? "healthy" : status.error().message();
  }

  net::Loop loop{"probe"};
  int port = 0;
  grpc::CallbackGenericService generic;
  std::unique_ptr<grpc::Server> server;
};

TEST_F(HealthProbeTest, GoesByWhatTheServerSaysOfItselfAndItsServices) {
  EXPECT_EQ(probe(""), "healthy");
  EXPECT_THAT(probe("shop"), HasSubstr("has no service \"shop\""));
  server->GetHealthCheckService()->SetServingStatus("shop", true);
  EXPECT_EQ(probe("shop"), "healthy");
  server->GetHealthCheckService()->SetServingStatus("shop", false);
  EXPECT_THAT(probe("shop"), HasSubstr("says NOT_SERVING"));
}

TEST_F(HealthProbeTest, FailsWhereNobodySpeaksTls) {
  EXPECT_NE(probe("", true), "healthy");
}

}  // namespace
}  // namespace drover::rpc
