#pragma once

#include "base/result.h"

#include <string>

// Network namespaces that outlive the processes in them: files in /run/netns, where `ip netns` looks for them.
namespace drover::sys {

std::string netns_path(const std::string& name);

// Makes /run/netns/<name>, with nothing but a loopback interface that is up. One that is there is replaced.
Status create_netns(const std::string& name);

// Gives a namespace that another file names ("/proc/<pid>/ns/net") a name.
Status name_netns(const std::string& file, const std::string& name);

bool netns_exists(const std::string& name);

// Processes in it keep it alive, without its name. Nothing there is success.
Status remove_netns(const std::string& name);

}  // namespace drover::sys
