#pragma once

#include "model/held_item.h"
#include "model/task_io.h"

#include <cstdint>
#include <string>
#include <string_view>

// What nodes hold ready for tasks, by keys of 64 bits: enough to choose a node by. No two things are kept apart by
// these keys where it matters who may read them; the asset store has keys of its own.
namespace drover::model {

// All that says which files an asset is made of, and with whose credentials: equal for two assets that can share one
// copy. The target and whether it is writable are no part of it. Holds the credentials.
std::string asset_identity(const Asset& asset);

// Without credentials, for people: "HF org/model@main", "S3 https://models.nosana.io/x", "Ollama llama3:8b".
std::string asset_title(const Asset& asset);

// "s3://nos-ai-models-qllsn32u/x", as Nosana's job definitions name it, is https://models.nosana.io/x; no slash at the
// end.
std::string canonical_s3_url(std::string_view url);

// Of Ollama's names: "llama3" is registry.ollama.ai/library/llama3:latest.
struct OllamaName {
  std::string host;
  std::string ns;
  std::string model;
  std::string tag;

  std::string text() const { return host + "/" + ns + "/" + model + ":" + tag; }
};
OllamaName parse_ollama_name(std::string_view name);

// 0: it is not known before the task is on its node (it holds variables).
uint64_t asset_key(const Asset& asset);
// Of a docker image: "redis" and "docker.io/library/redis:latest" are one.
uint64_t image_key(std::string_view image);

}  // namespace drover::model
