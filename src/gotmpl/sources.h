#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "gotmpl/value.h"

namespace drover::gotmpl {

// Something outside the template that it asks for: what the caller watches to know when to render again.
struct Dependency {
  enum class Kind : uint8_t {
    Env,               // name
    File,              // path
    Key,               // path[@datacenter]
    KeyPrefix,         // path[@datacenter]; `ls` and `tree`
    Service,           // [tag.]name[@datacenter][~near][|filter]
    Connect,           // as Service
    Services,          // [@datacenter]
    Node,              // [name][@datacenter]
    Nodes,             // [@datacenter][~near]
    Datacenters,       // "true" to leave out those that cannot be reached
    CaRoots,           //
    CaLeaf,            // service
    Partitions,        //
    Peerings,          // [partition]
    ExportedServices,  // [partition]
    Secret,            // path, then key=value…
    SecretList,        // path
    PkiCert,           // path, then key=value…
    NomadService,      // name, or count, key, name
    NomadServices,     // [namespace]
    NomadVar,          // path[@namespace]
    NomadVarList,      // [prefix][@namespace]
  };

  Kind kind = Kind::Env;
  std::vector<std::string> args;

  // As consul-template names it, for people: "nomad.service(web)", "vault.read(secret/db)".
  std::string to_string() const;
  // Its value is to be kept out of messages.
  bool is_secret() const { return kind == Kind::Secret || kind == Kind::PkiCert || kind == Kind::NomadVar; }
  friend auto operator<=>(const Dependency&, const Dependency&) = default;
};

// What is known of a dependency at the moment.
struct Answer {
  enum class State : uint8_t {
    Known,
    Absent,   // known not to be there
    Pending,  // not known yet: the template waits
    Failed,   // never: the template fails
  };

  State state = State::Pending;
  Value value;          // Known; in the shape of records.h
  std::string problem;  // Failed: why, for the owner of the job

  static Answer known(Value value) { return {.state = State::Known, .value = std::move(value)}; }
  static Answer absent() { return {.state = State::Absent}; }
  static Answer pending() { return {.state = State::Pending}; }
  static Answer failed(std::string problem) { return {.state = State::Failed, .problem = std::move(problem)}; }
};

// Where the values of dependencies come from. An implementation answers at once with what it has, decides what a
// template may see (`file` is to stay inside the task's folder, `env` inside the task's environment) and answers
// "failed" for whatever it does not have at all.
class Sources {
 public:
  virtual ~Sources() = default;
  virtual Answer answer(const Dependency& dependency) = 0;
};

}  // namespace drover::gotmpl
