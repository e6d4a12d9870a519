#pragma once

#include "hcl/functions.h"

#include <string>

namespace drover::cli {

// The files that functions of a job file may read: relative paths start at the job file's folder, as in Nomad. A file
// may have at most 1 MiB, and a folder at most 10,000 files below it.
class LocalFiles final : public hcl::FileReader {
 public:
  // `home` is the caller's home directory, "" if it has none.
  LocalFiles(const std::string& job_file, std::string home);

  Result<std::string> read(const std::string& path) const override;
  bool exists(const std::string& path) const override;
  Result<std::vector<std::string>> list(const std::string& directory) const override;
  Result<std::string> working_directory() const override;
  Result<std::string> home_directory() const override;

 private:
  std::string resolve(const std::string& path) const;

  std::string folder_;
  const std::string home_;
};

}  // namespace drover::cli
