#pragma once

#include "scenario/script.h"
#include "scenario/world.h"

#include <map>
#include <string>

namespace drover::scenario {

// Executes the statements of one scenario; README.md lists them. The first that fails ends it.
class Runner {
 public:
  // `folder` is where the files lie that `run FILE` names.
  Runner(uint64_t seed, std::string folder) : world_(seed), folder_(std::move(folder)) {}

  // Does what the statement says, and whatever follows from it at that time. Errors say what was found instead.
  Status execute(const Statement& statement);

 private:
  Status act(const Statement& statement);
  Status expect_refusal(const Statement& statement);
  Status add_node(const Statement& statement);
  Status change_node(const Statement& statement);
  Status client(const Statement& statement);
  Status run(const Statement& statement);
  Status scale(const Statement& statement);
  Status remember(const Statement& statement);

  World world_;
  const std::string folder_;
  std::map<std::string, model::AllocId> remembered_;
};

}  // namespace drover::scenario
