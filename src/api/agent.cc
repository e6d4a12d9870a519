#include "api/handlers.h"
#include "api/json_object.h"
#include "codec/describe.h"

namespace drover::api {
namespace {

using Stats = std::map<std::string, std::map<std::string, std::string>>;

// "ip:port" and "[ip]:port" in two parts.
std::pair<std::string, std::string> split_address(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return {address, "0"};
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {host, address.substr(colon + 1)};
}

void write_member(std::string& out, const server::ServerInfo& info, const std::string& version) {
  const auto [host, port] = split_address(info.rpc_address);
  JsonObject member(out);
  member.text("Name", info.name);
  member.text("Addr", host);
  member.value("Port") += port;
  JsonObject tags(member.value("Tags"));
  tags.text("role", "nomad");
  tags.text("region", info.region);
  tags.text("dc", info.datacenter);
  tags.text("port", port);
  tags.text("build", version);
  tags.end();
  member.text("Status", "alive");
  for (const char* name : {"ProtocolMin", "ProtocolMax", "ProtocolCur", "DelegateMin", "DelegateMax", "DelegateCur"}) {
    member.number(name, 1);
  }
  member.end();
}

// "broker.total_ready" → stats["broker"]["total_ready"].
void add_server_stats(Stats& stats, const server::ServerInfo& info) {
  for (const auto& [name, value] : info.stats) {
    const size_t dot = name.find('.');
    const std::string group = dot == std::string::npos ? "nomad" : name.substr(0, dot);
    stats[group][dot == std::string::npos ? name : name.substr(dot + 1)] = std::to_string(value);
  }
  stats["nomad"]["server"] = "true";
  stats["nomad"]["leader"] = info.is_leader ? "true" : "false";
  stats["nomad"]["leader_addr"] = info.leader_rpc_address;
  stats["nomad"]["known_regions"] = "1";
}

void add_health(JsonObject& object, const char* name, const PartHealth& part) {
  JsonObject shown(object.value(name));
  shown.boolean("ok", part.ok);
  shown.text("message", part.message);
  shown.end();
}

std::string json_text(std::string_view text) {
  std::string out;
  codec::append_json_string(out, text);
  return out;
}

}  // namespace

Result<Answer> agent_self(const Request&, Context& context) {
  AgentSelf self = context.local().self();
  Answer answer;
  JsonObject object(answer.body);
  object.value("config") += codec::dump(self.config.as_object() ? self.config : codec::Value(codec::Value::Object{}));
  if (context.frontend()) {
    const server::ServerInfo info = context.frontend()->info();
    write_member(object.value("member"), info, self.version);
    add_server_stats(self.stats, info);
  } else {
    JsonObject member(object.value("member"));
    member.text("Name", self.name);
    member.end();
  }
  object.member("stats", self.stats);
  object.end();
  return answer;
}

Result<Answer> agent_health(const Request& request, Context& context) {
  const std::string_view type = request.param("type");
  if (!type.empty() && type != "client" && type != "server") {
    return err(ErrorCode::InvalidArgument, "invalid type: use \"client\" or \"server\"");
  }
  AgentHealth health = context.local().health();
  if (type == "client") {
    health.server.reset();
    if (!health.client) health.client = PartHealth{.ok = false, .message = "client not enabled"};
  } else if (type == "server") {
    health.client.reset();
    if (!health.server) health.server = PartHealth{.ok = false, .message = "server not enabled"};
  }
  Answer answer;
  JsonObject object(answer.body);
  if (health.client) add_health(object, "client", *health.client);
  if (health.server) add_health(object, "server", *health.server);
  object.end();
  const bool ok = (!health.client || health.client->ok) && (!health.server || health.server->ok);
  answer.status = ok ? 200 : 500;
  return answer;
}

Result<Answer> agent_members(const Request&, Context& context) {
  const server::ServerInfo info = context.frontend()->info();
  Answer answer;
  JsonObject object(answer.body);
  object.text("ServerName", info.name);
  object.text("ServerRegion", info.region);
  object.text("ServerDC", info.datacenter);
  std::string& members = object.value("Members");
  members += '[';
  write_member(members, info, context.local().self().version);
  members += ']';
  object.end();
  return answer;
}

Result<Answer> status_leader(const Request&, Context& context) {
  const server::ServerInfo info = context.frontend()->info();
  if (info.leader_rpc_address.empty()) return err(ErrorCode::Unavailable, "No cluster leader");
  return Answer{.body = json_text(info.leader_rpc_address)};
}

Result<Answer> status_peers(const Request&, Context& context) {
  return Answer{.body = "[" + json_text(context.frontend()->info().rpc_address) + "]"};
}

Result<Answer> list_regions(const Request&, Context& context) {
  return Answer{.body = "[" + json_text(context.options().region) + "]"};
}

}  // namespace drover::api
