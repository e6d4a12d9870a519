#pragma once

#include <string>

#include "jobspec/test_support.h"

// For the tests of the job language's blocks: the tree that a snippet of one becomes.
namespace drover::jobspec {

inline std::string without_names(const codec::Value* value) {
  EXPECT_NE(value, nullptr);
  if (!value) return {};
  codec::Value copy = *value;
  copy.erase("Name");
  copy.erase("ID");
  return codec::dump(sorted(std::move(copy)));
}

inline ParsedJob parsed(const std::string& text) {
  ParsedJob out = parse(text);
  EXPECT_TRUE(out.ok()) << out.diagnostics.to_error().message() << "\n" << text;
  return out;
}

inline std::string job_tree(const std::string& snippet) {
  const ParsedJob job = parsed("job \"j\" {\n" + snippet + "\n}");
  return without_names(&job.tree);
}

inline std::string group_tree(const std::string& snippet) {
  const ParsedJob job = parsed("job \"j\" {\ngroup \"g\" {\n" + snippet + "\n}\n}");
  return without_names(&job.tree.find("TaskGroups")->as_array()->front());
}

inline std::string task_tree(const std::string& snippet) {
  const ParsedJob job = parsed("job \"j\" {\ngroup \"g\" {\ntask \"t\" {\n" + snippet + "\n}\n}\n}");
  return without_names(&job.tree.find("TaskGroups")->as_array()->front().find("Tasks")->as_array()->front());
}

}  // namespace drover::jobspec
