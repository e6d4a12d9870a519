#pragma once

#include "base/result.h"
#include "codec/value.h"

#include <map>
#include <string>
#include <vector>

// The Container Network Interface: a network is a list of plugins, programs that are run one after the other with JSON
// on their standard input (https://github.com/containernetworking/cni/blob/main/SPEC.md).
namespace drover::client {

struct CniNetwork {
  std::string name;
  std::string version;
  std::vector<codec::Value> plugins;
};

// A list of plugins (.conflist), or one plugin (.conf, .json).
Result<CniNetwork> parse_cni_network(const std::string& text);
std::string to_json(const CniNetwork& network);

// Whom a network is for.
struct CniAttachment {
  std::string container_id;
  std::string netns;  // path
  std::string interface = "eth0";
  std::string args;      // "K=V;K=V"
  codec::Value runtime;  // by capability: {"portMappings": […]}
};

// What a plugin reads.
std::string cni_input(const CniNetwork& network, const codec::Value& plugin, const CniAttachment& attachment,
                      const std::string& previous_result);

struct CniAddress {
  std::string interface;
  std::string ip;  // without the length of its prefix
};
// The first address inside the namespace, IPv4 before IPv6. InvalidArgument if there is none.
Result<CniAddress> address_of_result(const std::string& result, const std::string& interface);

// Runs plugins. Blocks. Immutable.
class CniPlugins {
 public:
  // Folders, separated by colons.
  explicit CniPlugins(const std::string& path);

  // The last plugin's result. What earlier plugins did stays when a later one fails: remove() it.
  Result<std::string> add(const CniNetwork& network, const CniAttachment& attachment) const;
  // All plugins in reverse, also after one has failed; the first error. Nothing there is success.
  Status remove(const CniNetwork& network, const CniAttachment& attachment, const std::string& result) const;

  // Of every plugin that is installed.
  std::map<std::string, std::string> versions() const;

 private:
  Result<std::string> run(const char* command, const codec::Value& plugin, const std::string& input,
                          const CniAttachment& attachment) const;
  Result<std::string> find(const std::string& type) const;

  std::string path_;
};

}  // namespace drover::client
