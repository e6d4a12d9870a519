#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "model/canonicalize.h"
#include "model/validate.h"

namespace drover::model {

// What validation says about a job, each as "path: message".
struct Found {
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

inline Found found_in(Job job) {
  canonicalize(job);
  Diagnostics diagnostics;
  validate(job, diagnostics);
  return {.errors = diagnostics.errors(), .warnings = diagnostics.warnings()};
}

// Members that are added to a good job, to its group and to its task, as JSON.
struct Snippet {
  std::string_view job;
  std::string_view group;
  std::string_view task;

  std::string json() const {
    std::string text = R"({"ID": "web", "Datacenters": ["dc1"]JOB, "TaskGroups": [{"Name": "api"GROUP, "Tasks": [
        {"Name": "server", "Driver": "docker"TASK}, {"Name": "other", "Driver": "docker"}]}]})";
    const auto put = [&](std::string_view mark, std::string_view members) {
      text = replace_all(std::move(text), mark, members.empty() ? "" : ", " + std::string(members));
    };
    put("JOB", job);
    put("GROUP", group);
    put("TASK", task);
    return text;
  }
};

inline Found found_in(const Snippet& snippet) {
  auto job = codec::from_json<Job>(snippet.json());
  EXPECT_TRUE(job.has_value()) << (job ? "" : job.error().message()) << "\n" << snippet.json();
  return job ? found_in(std::move(*job)) : Found{};
}

// A snippet and the one problem that it has.
struct Rule {
  Snippet snippet;
  std::string_view path;
  std::string_view text;  // a part of the message
};

inline void expect_one(const std::vector<std::string>& found, const Rule& rule) {
  ASSERT_EQ(found.size(), 1u) << rule.snippet.json() << "\n" << join(found, "\n");
  EXPECT_TRUE(found[0].starts_with(std::string(rule.path) + ": ")) << found[0] << "\nis not at " << rule.path;
  EXPECT_THAT(found[0], testing::HasSubstr(std::string(rule.text)));
}

inline void expect_errors(const std::vector<Rule>& rules) {
  for (const Rule& rule : rules) expect_one(found_in(rule.snippet).errors, rule);
}

inline void expect_warnings(const std::vector<Rule>& rules) {
  for (const Rule& rule : rules) {
    const Found found = found_in(rule.snippet);
    EXPECT_THAT(found.errors, testing::IsEmpty()) << rule.snippet.json();
    expect_one(found.warnings, rule);
  }
}

inline void expect_good(const std::vector<Snippet>& snippets) {
  for (const Snippet& snippet : snippets) {
    EXPECT_THAT(found_in(snippet).errors, testing::IsEmpty()) << snippet.json();
  }
}

}  // namespace drover::model
