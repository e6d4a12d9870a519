#include "bench/agent.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include <fmt/core.h>

#include "base/strings.h"
#include "bench/process.h"
#include "codec/json.h"

namespace drover::bench {
namespace {

using codec::Value;

constexpr double kPatience = 60;  // seconds
constexpr auto kPause = std::chrono::milliseconds(10);
constexpr auto kShortPause = std::chrono::milliseconds(2);

// Ports that were free a moment ago.
std::vector<int> free_ports(size_t count) {
  std::vector<int> sockets, ports;
  for (size_t i = 0; i < count; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    sockets.push_back(fd);
    ports.push_back(ntohs(address.sin_port));
  }
  for (const int fd : sockets) ::close(fd);
  return ports;
}

std::string config_text(const std::string& folder, const std::vector<int>& ports, Agent::Kind kind) {
  return fmt::format(R"(name      = "bench"
data_dir  = "{}/data"
bind_addr = "127.0.0.1"
log_level = "WARN"
ports {{
  http = {}
  rpc  = {}
}}
server {{
  enabled = true
}}
client {{
  enabled           = {}
  servers           = ["127.0.0.1:{}"]
  cpu_total_compute = 1000000
  memory_total_mb   = 1000000
}}
plugin "raw_exec" {{
  config {{
    enabled = true
  }}
}}
plugin "docker" {{
  config {{
    volumes {{
      enabled = true
    }}
  }}
}}
limits {{
  http_max_conns_per_client = 0
}}
)",
                     folder, ports[0], ports[1], kind == Agent::Kind::ServerAndClient, ports[1]);
}

std::string text_of(const Value& object, std::string_view name) {
  const Value* member = object.find(name);
  return member && member->as_string() ? *member->as_string() : "";
}

size_t count_with_status(const Value& allocs, const std::string& status) {
  size_t count = 0;
  if (!allocs.as_array()) return 0;
  for (const Value& alloc : *allocs.as_array()) {
    const std::string is = text_of(alloc, "ClientStatus");
    const bool live = is == "pending" || is == "running";
    if (status == "live" ? live : is == status) ++count;
  }
  return count;
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::start(const std::string& program, Kind kind) {
  const std::vector<int> ports = free_ports(2);
  const std::string url = fmt::format("http://127.0.0.1:{}", ports[0]);
  TRY_LET(net::BlockingHttpClient http, net::BlockingHttpClient::create(url));
  std::unique_ptr<Agent> agent(new Agent(std::move(http), kind));
  agent->program_ = program;
  agent->http_url_ = url;
  agent->rpc_address_ = fmt::format("127.0.0.1:{}", ports[1]);
  std::ofstream(agent->folder() + "/agent.hcl") << config_text(agent->folder(), ports, kind);
  TRY(agent->spawn_program());
  TRY(agent->wait_until([&] { return agent->is_ready(); }));
  return agent;
}

Status Agent::spawn_program() {
  pid_ = spawn({program_, "agent", "-config=" + folder() + "/agent.hcl"}, folder() + "/agent.log");
  if (pid_ < 0) return err(ErrorCode::NotFound, "cannot start {}", program_);
  return Ok{};
}

Result<double> Agent::crash_and_restart(const std::string& target) {
  kill_and_wait(pid_);
  const double begin = seconds_now();
  TRY(spawn_program());
  TRY(wait_until([&] { return get(target).has_value(); }));
  return seconds_now() - begin;
}

Agent::~Agent() {
  if (pid_ < 0) return;
  if (!jobs_.empty()) static_cast<void>(clean_up());
  ::kill(pid_, SIGINT);
  const double end = seconds_now() + kPatience;
  while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (seconds_now() > end) {
      kill_and_wait(pid_);
      return;
    }
    std::this_thread::sleep_for(kPause);
  }
}

bool Agent::is_ready() {
  if (kind_ == Kind::Server) return get("/v1/status/leader").has_value();
  const auto nodes = get("/v1/nodes");
  const Value::Array* list = nodes ? nodes->body.as_array() : nullptr;
  return list && !list->empty() && text_of(list->front(), "Status") == "ready";
}

Status Agent::wait_until(const std::function<bool()>& condition) {
  const double end = seconds_now() + kPatience;
  while (seconds_now() < end) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) {
      pid_ = -1;
      std::ifstream log(folder() + "/agent.log");
      const std::string text((std::istreambuf_iterator<char>(log)), {});
      return err(ErrorCode::Unavailable, "the agent has ended:\n{}", text);
    }
    if (condition()) return Ok{};
    std::this_thread::sleep_for(kShortPause);
  }
  return err(ErrorCode::DeadlineExceeded, "the agent is not ready after {} s", kPatience);
}

Result<Answer> Agent::request(net::HttpClientRequest request) {
  const std::string what = request.method + " " + request.target;
  TRY_LET(const net::HttpResponse response, http_.request(std::move(request)));
  if (response.status != 200) return err(ErrorCode::Internal, "{}: {} {}", what, response.status, response.body);
  Answer answer;
  answer.index = parse_uint(response.headers.get("X-Nomad-Index")).value_or(0);
  TRY_LET(answer.body, codec::parse_json(response.body));
  return answer;
}

Result<Answer> Agent::get(const std::string& target) {
  return request({.target = target});
}

bool Agent::has_driver(const std::string& name) {
  const auto nodes = get("/v1/nodes");
  if (!nodes || !nodes->body.as_array() || nodes->body.as_array()->empty()) return false;
  const auto node = get("/v1/node/" + text_of(nodes->body.as_array()->front(), "ID"));
  const Value* drivers = node ? node->body.find("Drivers") : nullptr;
  const Value* driver = drivers ? drivers->find(name) : nullptr;
  const Value* healthy = driver ? driver->find("Healthy") : nullptr;
  return healthy && healthy->as_bool() && *healthy->as_bool();
}

Status submit_job(net::BlockingHttpClient& http, const Value& job) {
  Value body;
  body.set("Job", job);
  TRY_LET(const net::HttpResponse response,
          http.request({.method = "POST", .target = "/v1/jobs", .headers = {}, .body = codec::dump(body)}));
  if (response.status == 200) return Ok{};
  return err(ErrorCode::Internal, "submitting a job: {} {}", response.status, response.body);
}

Status Agent::submit(const Value& job) {
  TRY(submit_job(http_, job));
  jobs_.push_back(text_of(job, "ID"));
  return Ok{};
}

Status Agent::purge(const std::string& job) {
  std::erase(jobs_, job);
  TRY(request({.method = "DELETE", .target = "/v1/job/" + job + "?purge=true"}));
  return Ok{};
}

Status Agent::wait_for(const std::string& job, const std::string& status, size_t count) {
  const std::string target = job.empty() ? "/v1/allocations" : "/v1/job/" + job + "/allocations";
  const double end = seconds_now() + kPatience;
  uint64_t index = 0;
  size_t seen = 0;
  while (seconds_now() < end) {
    TRY_LET(const Answer answer, get(fmt::format("{}?index={}&wait=5s", target, index)));
    seen = count_with_status(answer.body, status);
    if (seen == count || (seen > count && status != "live")) return Ok{};
    index = answer.index;
  }
  return err(ErrorCode::DeadlineExceeded, "{} of {} allocations are {} after {} s", seen, count, status, kPatience);
}

Status Agent::clean_up() {
  while (!jobs_.empty()) TRY(purge(std::string(jobs_.back())));
  return wait_for("", "live", 0);
}

Value make_job(const std::string& id, int64_t count, const std::string& driver, Value config) {
  Value resources, logs, task, disk, group, job;
  resources.set("CPU", 20);
  resources.set("MemoryMB", 10);
  logs.set("MaxFiles", 1);
  logs.set("MaxFileSizeMB", 1);
  task.set("Name", "t");
  task.set("Driver", driver);
  task.set("Config", std::move(config));
  task.set("Resources", std::move(resources));
  task.set("LogConfig", std::move(logs));
  task.set("KillTimeout", "1s");
  disk.set("SizeMB", 11);
  group.set("Name", "g");
  group.set("Count", count);
  group.set("EphemeralDisk", std::move(disk));
  group.set("Tasks", Value::Array{std::move(task)});
  job.set("ID", id);
  job.set("Name", id);
  job.set("Type", "service");
  job.set("Datacenters", Value::Array{"dc1"});
  job.set("TaskGroups", Value::Array{std::move(group)});
  return job;
}

std::string touch_and_sleep(const std::string& file) {
  return ": > " + file + "; exec sleep 600";
}

}  // namespace drover::bench
