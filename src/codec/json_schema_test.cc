#include "codec/json_schema.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "codec/test_types.h"

namespace drover::codec::test {
namespace {

// The schema of one field of Everything.
std::string of(std::string_view field, bool closed = false) {
  JsonSchemas schemas({.closed = closed});
  const Value root = schemas.of<Everything>();
  EXPECT_EQ(dump(root), R"({"$ref":"#/definitions/Everything"})");
  const Value definitions = schemas.definitions();
  const Value* property = definitions.find("Everything")->find("properties")->find(field);
  return property ? dump(*property) : "none";
}

TEST(JsonSchema, DescribesScalars) {
  EXPECT_EQ(of("Flag"), R"({"type":["boolean","null"]})");
  EXPECT_EQ(of("Tiny"), R"({"type":["integer","null"],"minimum":-128,"maximum":127})");
  EXPECT_EQ(of("Whole"), R"({"type":["integer","null"],"default":7})");
  EXPECT_EQ(of("Small"), R"({"type":["integer","null"],"minimum":0,"maximum":255})");
  EXPECT_EQ(of("Color"), R"({"enum":["red","green","blue","",null],"default":"green"})");
  EXPECT_EQ(of("Payload"), R"({"type":["string","null"],"contentEncoding":"base64"})");
  EXPECT_EQ(of("ModifyIndex"), R"({"type":["integer","null"],"readOnly":true})");
}

TEST(JsonSchema, DescribesContainers) {
  EXPECT_EQ(of("Datacenters"), R"({"type":["array","null"],"items":{"type":["string","null"]},"default":["dc1"]})");
  EXPECT_EQ(of("Constraints"), R"({"type":["array","null"],"items":{"$ref":"#/definitions/Constraint"}})");
  EXPECT_EQ(of("MaybePort"), R"({"anyOf":[{"$ref":"#/definitions/Port"},{"type":"null"}]})");
  EXPECT_EQ(
      of("NamedPorts"),
      R"({"type":["object","null"],"additionalProperties":{"anyOf":[{"$ref":"#/definitions/Port"},{"type":"null"}]}})");
  EXPECT_EQ(of("Usually"), R"({"type":["integer","null"],"minimum":-2147483648,"maximum":2147483647,"default":3})");
  EXPECT_EQ(of("MaybeValue"), "{}");
}

TEST(JsonSchema, DescribesEveryStructOnceWithItsDocumentation) {
  JsonSchemas schemas({.closed = true});
  (void)schemas.of<Everything>();
  const Value definitions = schemas.definitions();
  EXPECT_EQ(definitions.as_object()->size(), 5u);  // Constraint, Everything, Port, Resources, Task
  const Value& resources = *definitions.find("Resources");
  EXPECT_EQ(*resources.find("additionalProperties"), Value(false));
  EXPECT_EQ(dump(*resources.find("properties")->find("CPU")),
            R"({"type":["integer","null"],"description":"CPU share in MHz","default":100})");
}

TEST(JsonSchema, EveryReferenceHasADefinition) {
  JsonSchemas schemas({});
  const Value document = json_schema_document("T", "D", schemas.of<Everything>(), schemas.definitions());
  const std::string text = dump(document);
  constexpr std::string_view kRef = "\"$ref\":\"#/definitions/";
  for (size_t at = text.find(kRef); at != std::string::npos; at = text.find(kRef, at + 1)) {
    const size_t start = at + kRef.size();
    EXPECT_TRUE(document.find("definitions")->find(text.substr(start, text.find('"', start) - start)));
  }
  EXPECT_EQ(*document.find("$schema"), Value("http://json-schema.org/draft-07/schema#"));
}

}  // namespace
}  // namespace drover::codec::test
