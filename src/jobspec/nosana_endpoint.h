#pragma once

#include "model/job.h"

#include <string>
#include <string_view>

// The names under which Nosana exposes ports (facts/nosana.md 2.8). Host names do not tell case apart: route on the
// lower-cased id.
namespace drover::jobspec {

// base58(SHA-512(text)), its first `length` characters.
std::string nosana_hash(std::string_view text, size_t length);

// The id of an exposed port: `port` is a number ("8080") or a range ("8000-8010"), `op` counts all operations from 0.
std::string nosana_endpoint_id(size_t op, std::string_view port, std::string_view job);

// The id of a private one. `random` is 45 bytes that nobody can guess.
std::string nosana_private_endpoint_id(std::string_view random);

// The id that all replicas of a deployment share for an operation.
std::string nosana_deployment_endpoint_id(std::string_view deployment, std::string_view project,
                                          std::string_view op_id);

// The same for a task of a job, "" if it belongs to no deployment.
std::string deployment_endpoint_id(const model::Job& job, const model::Task& task);

// Whose a job is: its meta "nosana.project", or its namespace.
std::string nosana_project(const model::Job& job);

}  // namespace drover::jobspec
