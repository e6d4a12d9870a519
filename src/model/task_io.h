#pragma once

#include "codec/fwd.h"
#include "codec/value.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// What a task offers and needs in the words of Nosana's job definitions (000, facts/nosana.md); usable in any job.
namespace drover::model {

// Text that is picked from a task's output when it has ended (facts/nosana.md 2.7).
struct TaskResult {
  std::string name;
  std::string pattern;               // an ECMAScript regular expression, or "*"
  std::vector<std::string> streams;  // of "stdin", "stdout", "stderr" and "nodeerr"; empty: all
};
void describe(codec::StructBuilder& d, TaskResult& r);

// How it is found out whether an exposed port answers (facts/nosana.md 2.9).
struct EndpointCheck {
  std::string type;  // "http" or "websocket"
  std::string path;
  std::string method;
  int32_t expected_status = 0;
  std::string expected_response;
  std::map<std::string, std::string> headers;
  codec::Value body;
  bool continuous = false;
};
void describe(codec::StructBuilder& d, EndpointCheck& r);

// A port of the task that gets an address of its own (facts/nosana.md 1.6).
struct Endpoint {
  std::string port;  // "8080", "8000-8010", or a literal
  std::string type;  // "", "none", "web", "api", "webapi" or "websocket"
  std::vector<EndpointCheck> checks;
};
void describe(codec::StructBuilder& d, Endpoint& r);

// One bucket of several that make up an asset.
struct AssetBucket {
  std::string url;
  std::vector<std::string> files;
};
void describe(codec::StructBuilder& d, AssetBucket& r);

// Files that a node fetches once, keeps, and mounts into tasks (002, facts/nosana.md 1.7 and 3.1).
struct Asset {
  std::string type;    // "S3", "HF" or "Ollama"
  std::string target;  // the directory in the task
  std::string url;
  std::string bucket;
  std::vector<AssetBucket> buckets;
  std::string repo;
  std::string model;
  std::string revision;
  std::vector<std::string> files;  // empty: all
  bool writable = false;
  std::string region;
  std::string access_key_id;
  std::string secret_access_key;
  std::string access_token;
};
void describe(codec::StructBuilder& d, Asset& r);

}  // namespace drover::model
