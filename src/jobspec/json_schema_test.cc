#include "jobspec/json_schema.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "codec/json.h"
#include "jobspec/schema.h"
#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using codec::Value;

// Every "$ref" points to a definition, and every keyword is one of draft-07's.
void check_structure(const Value& schema, const Value& definitions, const std::string& path) {
  if (const auto* list = schema.as_array()) {
    for (const Value& element : *list) check_structure(element, definitions, path + "[]");
  }
  const auto* object = schema.as_object();
  if (!object) return;
  for (const auto& [key, value] : *object) {
    const std::string here = path + "/" + key;
    if (key == "$ref") {
      const std::string& target = *value.as_string();
      ASSERT_TRUE(target.starts_with("#/definitions/")) << here;
      EXPECT_NE(definitions.find(target.substr(14)), nullptr) << here << " " << target;
    }
    if (key == "properties" || key == "definitions") {
      for (const auto& [name, member] : *value.as_object()) check_structure(member, definitions, here + "/" + name);
    } else if (key != "default" && key != "enum") {
      static const std::set<std::string> kKeywords = {"$schema",
                                                      "title",
                                                      "description",
                                                      "if",
                                                      "then",
                                                      "else",
                                                      "required",
                                                      "type",
                                                      "$ref",
                                                      "minimum",
                                                      "maximum",
                                                      "pattern",
                                                      "format",
                                                      "items",
                                                      "anyOf",
                                                      "readOnly",
                                                      "default",
                                                      "enum",
                                                      "additionalProperties",
                                                      "contentEncoding"};
      EXPECT_TRUE(kKeywords.contains(key)) << here;
      check_structure(value, definitions, here);
    }
  }
}

TEST(JsonSchemas, AreSound) {
  for (const Value& schema : {nomad_json_schema(), nosana_json_schema()}) {
    ASSERT_NE(schema.find("definitions"), nullptr);
    check_structure(schema, *schema.find("definitions"), "");
  }
}

// The JSON keys of a block that a schema's definition lacks, and so on below it.
void missing_keys(const Schema& block, const Value& definitions, std::set<const Schema*>& seen,
                  std::vector<std::string>& missing) {
  if (!seen.insert(&block).second) return;
  const Value* definition = definitions.find(block.name);
  for (const Key& key : block.keys) {
    if (key.json.empty()) continue;
    const bool known = definition && definition->find("properties")->find(key.json);
    if (!known) missing.push_back(fmt::format("{}.{}", block.name, key.json));
    if (key.block) missing_keys(*key.block, definitions, seen, missing);
  }
}

TEST(JsonSchemas, NomadsHasEveryKeyThatFilesAreReadWith) {
  const Value schema = nomad_json_schema();
  std::set<const Schema*> seen;
  std::vector<std::string> missing;
  missing_keys(job_schema(), *schema.find("definitions"), seen, missing);
  // What only HCL has, and is turned into something else.
  EXPECT_THAT(missing,
              testing::IsSubsetOf({"Job.Vault", "TaskGroup.Vault", "LogConfig.Enabled", "TaskScaling.Type",
                                   "TaskScaling.Enabled", "TaskScaling.Min", "TaskScaling.Max", "TaskScaling.Policy"}));
  EXPECT_GE(seen.size(), 20u);
}

TEST(JsonSchemas, NosanasHasItsTablesKeys) {
  const Value schema = nosana_json_schema();
  const std::string text = codec::dump(schema);
  for (const char* key : {"version", "ops", "container/run", "__spread__", "expected_status", "required_vram"}) {
    EXPECT_NE(text.find(fmt::format("\"{}\"", key)), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace drover::jobspec
