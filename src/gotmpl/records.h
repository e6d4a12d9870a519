#pragma once

#include <map>
#include <string>
#include <vector>

#include "gotmpl/value.h"

// What sources answer with, in the shapes that templates written for consul-template expect.
namespace drover::gotmpl {

// An item of `nomadService "web"`.
struct NomadServiceInstance {
  std::string id;
  std::string name;
  std::string node_id;
  std::string address;
  int64_t port = 0;
  std::string namespace_name;
  std::string datacenter;
  std::vector<std::string> tags;
  std::string job_id;
  std::string alloc_id;
};
Value to_value(const NomadServiceInstance& service);

// An item of `nomadServices`.
struct NomadServiceName {
  std::string name;
  std::vector<std::string> tags;
};
Value to_value(const NomadServiceName& service);

// An item of `ls` and `tree`: `key` is relative to `path`'s prefix.
struct KeyPair {
  std::string path;
  std::string key;
  std::string value;
};
Value to_value(const KeyPair& pair);

// What `nomadVar "path"` gives: its items by name.
Value variable_items(const std::map<std::string, std::string>& items);

}  // namespace drover::gotmpl
