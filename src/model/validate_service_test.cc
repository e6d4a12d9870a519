#include "model/validate_test_support.h"

namespace drover::model {
namespace {

constexpr std::string_view kNetwork = R"("Networks": [{"Mode": "bridge", "DynamicPorts": [{"Label": "http"}]}])";

std::string group_with(std::string_view service) {
  return std::string(kNetwork) + R"(, "Services": [{"Name": "web", "PortLabel": "http", )" + std::string(service) +
         "}]";
}

std::string task_with(std::string_view service) {
  return R"("Resources": {"Networks": [{"DynamicPorts": [{"Label": "http"}]}]}, "Services": [{"Name": "web",
            "PortLabel": "http", )" +
         std::string(service) + "}]";
}

// A problem of a service of the group, below its path.
struct ServiceRule {
  std::string service;
  std::string path;
  std::string_view text;
};

void expect_group_errors(const std::vector<ServiceRule>& rules) {
  for (const ServiceRule& rule : rules) {
    const std::string group = group_with(rule.service);
    const std::string path = "TaskGroups[0].Services[0]" + rule.path;
    expect_one(found_in(Snippet{.group = group}).errors, {{.group = group}, path, rule.text});
  }
}

TEST(ValidateService, OfAGroupAndOfATaskHaveDifferentAddresses) {
  expect_group_errors({
      {R"("AddressMode": "driver")", ".AddressMode", "services of a task only"},
      {R"("AddressMode": "moon")", ".AddressMode", "auto, host, driver or alloc"},
      {R"("AddressMode": "host", "Address": "10.0.0.1")", ".Address", "address_mode = \"auto\""},
      {R"("TaskName": "nobody")", ".TaskName", "no task \"nobody\""},
  });
  const std::string alloc = task_with(R"("AddressMode": "alloc")");
  expect_errors({{{.task = alloc}, "TaskGroups[0].Tasks[0].Services[0].AddressMode", "services of a group only"}});
  const std::string good = group_with(R"("AddressMode": "alloc")");
  expect_good({{.group = good}});
}

TEST(ValidateService, ChecksWhatIsRegistered) {
  expect_group_errors({
      {R"("Provider": "etcd")", ".Provider", "nomad or consul"},
      {R"("OnUpdate": "maybe")", ".OnUpdate", "ignore_warnings"},
      {R"("Weights": {"Passing": -1})", ".Weights.Passing", "not be negative"},
      {R"("TaggedAddresses": {"": "10.0.0.1"})", ".TaggedAddresses", "empty name"},
      {R"("Kind": "router")", ".Kind", "unknown kind"},
      {R"("Identity": {"Name": "a b", "Audience": ["x"], "TTL": "1h"})", ".Identity.Name", "1 to 128"},
  });
}

std::string check(std::string_view members) {
  return R"("Checks": [{"Interval": "10s", "Timeout": "2s", )" + std::string(members) + "}]";
}

TEST(ValidateCheck, OfEveryTypeHasItsKeys) {
  expect_group_errors({
      {check(R"("Type": "udp")"), ".Checks[0].Type", "http, tcp, grpc or script"},
      {check(R"("Type": "tcp", "Body": "x")"), ".Checks[0].Body", "http checks"},
      {check(R"("Type": "tcp", "GRPCService": "x")"), ".Checks[0].GRPCService", "type = \"grpc\""},
      {check(R"("Type": "http", "Path": "/", "GRPCUseTLS": true)"), ".Checks[0].GRPCUseTLS", "type = \"grpc\""},
      {check(R"("Type": "tcp", "Expose": true)"), ".Checks[0].Expose", "can be exposed"},
      {check(R"("Type": "tcp", "SuccessBeforePassing": -1)"), ".Checks[0].SuccessBeforePassing", "negative"},
      {check(R"("Type": "tcp", "FailuresBeforeCritical": 1, "FailuresBeforeWarning": 2)"),
       ".Checks[0].FailuresBeforeWarning", "not be more than"},
      {check(R"("Type": "tcp", "OnUpdate": "maybe")"), ".Checks[0].OnUpdate", "require_healthy"},
      {check(R"("Type": "tcp", "OnUpdate": "ignore", "CheckRestart": {"Limit": 1})"), ".Checks[0].OnUpdate",
       "exclude each other"},
      {check(R"("Type": "tcp", "OnUpdate": "ignore_warnings", "CheckRestart": {"Limit": 1})"), ".Checks[0].OnUpdate",
       "ignore_warnings = true"},
      {check(R"("Type": "tcp", "AddressMode": "driver")"), ".Checks[0].AddressMode", "services of a task only"},
      {check(R"("Type": "tcp", "TaskName": "server")"), ".Checks[0].TaskName", "script and grpc"},
      {check(R"("Type": "grpc", "TaskName": "nobody")"), ".Checks[0].TaskName", "no task \"nobody\""},
      {check(R"("Type": "script", "Command": "/x")"), ".Checks[0]", "set task"},
      {check(R"("Type": "script", "Command": "/x", "TaskName": "server", "SuccessBeforePassing": 2)"),
       ".Checks[0].SuccessBeforePassing", "script checks"},
      {check(R"("Type": "http", "Path": "/", "PortLabel": "none")"), ".Checks[0].PortLabel", "has a port \"none\""},
  });
  for (const char* members :
       {R"("Type": "grpc", "GRPCService": "x", "GRPCUseTLS": true, "TLSServerName": "a.b")",
        R"("Type": "http", "Path": "/", "Method": "POST", "Body": "{}", "FailuresBeforeCritical": 3)",
        R"("Type": "script", "Command": "/x", "TaskName": "other")", R"("Type": "TCP", "AddressMode": "alloc")"}) {
    const std::string group = group_with(check(members));
    expect_good({{.group = group}});
  }
}

std::string connect(std::string_view members) {
  return R"("Connect": {)" + std::string(members) + "}";
}

TEST(ValidateConnect, IsOneOfThreeKinds) {
  expect_group_errors({
      {connect(""), ".Connect", "exactly one of native, a sidecar_service and a gateway; 0"},
      {R"("TaskName": "server", )" + connect(R"("Native": true, "SidecarService": {})"), ".Connect", "2 are given"},
      {connect(R"("Native": true)"), ".Connect", "set task"},
      {R"("Provider": "nomad", )" + connect(R"("SidecarService": {})"), ".Connect", "provider = \"consul\""},
  });
  const std::string in_task = task_with(connect(R"("SidecarService": {})"));
  expect_errors({{{.task = in_task}, "TaskGroups[0].Tasks[0].Services[0].Connect", "a service of a group only"}});
  for (const char* mode : {"host", "none", ""}) {
    const std::string group = R"("Networks": [{"Mode": ")" + std::string(mode) +
                              R"("}], "Services": [{"Name": "web", "Connect": {"SidecarService": {}}}])";
    expect_one(found_in(Snippet{.group = group}).errors,
               {{.group = group}, "TaskGroups[0].Services[0].Connect", "mode bridge"});
  }
  constexpr std::string_view kBare = R"("Services": [{"Name": "web", "Connect": {"SidecarService": {}}}])";
  expect_errors({{{.group = kBare}, "TaskGroups[0].Services[0].Connect", "needs a network block"}});
}

TEST(ValidateConnect, UpstreamsAndPaths) {
  const auto proxy = [](std::string_view members) {
    return connect(R"("SidecarService": {"Proxy": {)" + std::string(members) + "}}");
  };
  const std::string at = ".Connect.SidecarService.Proxy.";
  expect_group_errors({
      {proxy(R"("Upstreams": [{"LocalBindPort": 80}])"), at + "Upstreams[0].DestinationName", "missing"},
      {proxy(R"("Upstreams": [{"DestinationName": "a"}])"), at + "Upstreams[0].LocalBindPort", "missing"},
      {proxy(R"("Upstreams": [{"DestinationName": "a", "LocalBindPort": 80},
                              {"DestinationName": "b", "LocalBindPort": 80}])"),
       at + "Upstreams[1].LocalBindPort", "upstream \"a\""},
      {proxy(R"("Upstreams": [{"DestinationName": "a", "LocalBindPort": 80, "MeshGateway": {"Mode": "far"}}])"),
       at + "Upstreams[0].MeshGateway.Mode", "none, local or remote"},
      {proxy(R"("ExposeConfig": {"Path": [{"Path": "x", "LocalPathPort": 80, "ListenerPort": "http"}]})"),
       at + "ExposeConfig.Path[0].Path", "begin with a slash"},
      {proxy(R"("ExposeConfig": {"Path": [{"Path": "/x", "LocalPathPort": 80, "ListenerPort": "none"}]})"),
       at + "ExposeConfig.Path[0].ListenerPort", "no port \"none\""},
      {proxy(R"("TransparentProxy": {"UID": "root"})"), at + "TransparentProxy.UID", "must be a number"},
      {proxy(R"("LocalServicePort": 70000)"), at + "LocalServicePort", "65535"},
      {connect(R"("SidecarService": {}, "SidecarTask": {"KillSignal": "SIGNONE"})"), ".Connect.SidecarTask.KillSignal",
       "unknown signal"},
  });
}

TEST(ValidateConnect, Gateways) {
  const auto gateway = [](std::string_view members) { return connect(R"("Gateway": {)" + std::string(members) + "}"); };
  const std::string at = ".Connect.Gateway";
  expect_group_errors({
      {gateway(""), at, "exactly one of ingress, terminating and mesh; 0"},
      {gateway(R"("Mesh": {}, "Ingress": {"Listeners": [{"Port": 80, "Services": [{"Name": "a"}]}]})"), at,
       "2 are given"},
      {gateway(R"("Ingress": {})"), at + ".Ingress.Listeners", "at least one listener"},
      {gateway(R"("Ingress": {"Listeners": [{"Port": 0, "Services": [{"Name": "a"}]}]})"),
       at + ".Ingress.Listeners[0].Port", "not 0"},
      {gateway(R"("Ingress": {"Listeners": [{"Port": 80, "Services": [{"Name": "a", "Hosts": ["x"]}]}]})"),
       at + ".Ingress.Listeners[0].Services[0].Hosts", "not tcp"},
      {gateway(R"("Ingress": {"Listeners": [{"Port": 80, "Services": [{"Name": "a"}, {"Name": "b"}]}]})"),
       at + ".Ingress.Listeners[0].Services", "exactly one service"},
      {gateway(R"("Terminating": {"Services": [{"Name": "a", "CertFile": "x", "CAFile": "y"}]})"),
       at + ".Terminating.Services[0]", "together"},
      {gateway(R"("Terminating": {"Services": [{"Name": "a", "SNI": "x"}]})"), at + ".Terminating.Services[0].CAFile",
       "ca_file"},
      {gateway(R"("Mesh": {}, "Proxy": {"ConnectTimeout": -1})"), at + ".Proxy.ConnectTimeout", "not be negative"},
      {gateway(R"("Mesh": {}, "Proxy": {"EnvoyGatewayBindAddresses": {"x": {"Address": "0.0.0.0"}}})"),
       at + ".Proxy.EnvoyGatewayBindAddresses[x].Port", "not 0"},
  });
}

}  // namespace
}  // namespace drover::model
