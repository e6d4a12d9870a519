#pragma once

#include "assets/repository.h"
#include "assets/url.h"
#include "sys/command.h"

#include <map>
#include <string>
#include <vector>

namespace drover::assets {

// git or hg, with an environment of exactly the variables that are set here. Blocks while it runs.
class RepositoryProgram {
 public:
  // `context` outlives this.
  RepositoryProgram(const RepositoryContext& context, std::string name);

  void set(const std::string& variable, const std::string& value) { env_[variable] = value; }

  Status run(std::vector<std::string> arguments) const;
  // What it prints; an error if that is more than 1 MiB.
  Result<std::string> output(std::vector<std::string> arguments) const;

 private:
  Result<sys::CommandOutput> run_to_end(std::vector<std::string> arguments) const;

  const RepositoryContext& context_;
  std::string name_;
  std::map<std::string, std::string> env_;
};

// The programs resolve names themselves, so this holds for what the name means now.
Status check_host(const Url& url, Reach reach);

std::string setting(const Source& source, const char* name);

}  // namespace drover::assets
