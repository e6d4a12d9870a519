#pragma once

#include "base/result.h"
#include "client/templates/template_machine.h"
#include "client/templates/template_sources.h"
#include "gotmpl/template.h"
#include "model/task.h"
#include "sys/directory.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drover::client {

// One `template` block of a task: read once, rendered into its file as often as needed. Immutable, shared with the
// pool.
struct TemplateFile {
  std::string name;  // the destination, as the job has it
  SandboxPlace destination;
  uint32_t mode = 0644;
  std::optional<int32_t> uid;
  std::optional<int32_t> gid;
  bool env = false;
  bool once = false;
  gotmpl::Template body;
};

using Interpolate = std::function<std::string(std::string_view)>;

// When it is rendered again, and what for.
TemplateRule rule_of(const model::Template& block);

// Reads the template, from the job or from its file in the sandbox. Blocks. Errors say which template it is.
Result<TemplateFile> read_template(const model::Template& block, const TemplateWorld& world,
                                   const Interpolate& interpolate, uint64_t disk_bytes);

// What came of rendering one.
struct FileRendering {
  TemplateRendered outcome;
  std::optional<Error> error;
  uint64_t bytes = 0;
  std::map<std::string, std::string> env;  // of a template with `env`
  FileStamps stamps;
};

// Renders it and, if the text is not the file's already, replaces the file. Blocks. Whatever the task has put in the
// place of the destination or of directories on the way, nothing outside its directories is read or written.
FileRendering render_file(const TemplateFile& file, TemplateSources& sources, const Clock& clock);

}  // namespace drover::client
