#pragma once

#include "client/templates/sandbox.h"
#include "client/templates/service_catalog.h"
#include "gotmpl/sources.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace drover::client {

// What tells whether a file has changed. All zero: it is not there, or cannot be read.
struct FileStamp {
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t modified_unix_nanos = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
using FileStamps = std::map<std::string, FileStamp>;  // by the path as the template has it

// Of the file that a template names, whatever has become of it. Blocks.
FileStamp stamp_of(const Sandbox& sandbox, const std::string& path);

// What the task that is rendered for may see, at one moment. Immutable: copies are shared with the pool.
struct TemplateWorld {
  std::map<std::string, std::string> env;  // the task's, without what templates add to it
  Sandbox sandbox;
  std::string ns;
  std::string region;
};

// What a dependency asks the servers for; nothing for other dependencies, and for what cannot be asked.
std::optional<rpc::ServiceQuery> service_query_of(const gotmpl::Dependency& dependency, const TemplateWorld& world);

// The sources of one rendering. Reads files, so it blocks; belongs to one thread.
class TemplateSources final : public gotmpl::Sources {
 public:
  TemplateSources(std::shared_ptr<const TemplateWorld> world, ServiceAnswers services)
      : world_(std::move(world)), services_(std::move(services)) {}

  gotmpl::Answer answer(const gotmpl::Dependency& dependency) override;

  // Of the files that were read, from before they were read.
  const FileStamps& stamps() const { return stamps_; }

 private:
  gotmpl::Answer environment(const std::string& name) const;
  gotmpl::Answer file(const std::string& path);
  gotmpl::Answer service(const gotmpl::Dependency& dependency) const;

  std::shared_ptr<const TemplateWorld> world_;
  ServiceAnswers services_;
  FileStamps stamps_;
};

}  // namespace drover::client
