#include "jobspec/to_hcl.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "codec/compare.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "codec/random_instance.h"
#include "jobspec/parse.h"
#include "model/canonicalize.h"

namespace drover::jobspec {
namespace {

using codec::Value;

Value tree_of(std::string_view text) {
  const ParsedJob parsed = parse(text, {.file = "f.nomad"});
  EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : parsed.diagnostics.errors()[0]) << "\n" << text;
  return parsed.tree;
}

// The same whatever the order of keys.
Value sorted(Value value) {
  if (auto* array = value.as_array()) {
    for (Value& element : *array) element = sorted(std::move(element));
  }
  if (auto* object = value.as_object()) {
    for (Value::Member& member : *object) member.second = sorted(std::move(member.second));
    std::ranges::sort(*object, {}, &Value::Member::first);
  }
  return value;
}

TEST(ToHcl, WritesAJobAsItsAuthorWould) {
  const std::string text = R"(job "web" {
  type        = "batch"
  datacenters = ["dc1"]

  meta {
    a = "b"
  }

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
    operator  = "="
  }

  group "g" {
    network {
      mode = "bridge"

      port "admin" {
        static = 80
      }

      port "http" {
        to = 8080
      }
    }

    task "t" {
      driver       = "docker"
      kill_timeout = "1m30s"

      config {
        image = "x"
        args  = ["-c", "$${X:-1}"]

        port_map {
          http = 8080
        }
      }
    }
  }
}
)";
  const HclText written = to_hcl(tree_of(text));
  EXPECT_EQ(sorted(tree_of(written.text)), sorted(tree_of(text))) << written.text;
  EXPECT_TRUE(written.left_out.empty());
}

TEST(ToHcl, NamesWhatHclCannotSay) {
  const HclText written = to_hcl(tree_of(R"({"ID": "x", "Payload": "aGk=", "ModifyIndex": 7, "ParentID": "p",
      "Datacenters": ["dc1"], "TaskGroups": [{"Name": "g", "Networks": [{"IP": "10.0.0.1", "Device": ""}]}]})"));
  ASSERT_EQ(written.left_out.size(), 2u);
  EXPECT_EQ(written.left_out[0].path, "Payload");
  EXPECT_EQ(written.left_out[1].path, "TaskGroups[0].Networks[0].IP");
}

TEST(ToHcl, WritesTheTreesOfEveryShapeOfPort) {
  const Value tree = tree_of(R"({"ID": "x", "TaskGroups": [{"Name": "g", "Networks": [{
      "ReservedPorts": [{"Label": "a", "Value": 0}], "DynamicPorts": [{"Label": "b", "To": 80}]}]}]})");
  const Value again = tree_of(to_hcl(tree).text);
  EXPECT_EQ(sorted(*again.find("TaskGroups")), sorted(*tree.find("TaskGroups")));
}

// In what is opaque, an object that is the value of a key is a list of that one object.
void wrap_objects(Value& config) {
  if (!config.as_object()) config = Value::Object{};
  for (auto& [key, value] : *config.as_object()) {
    if (value.as_object()) value = Value::Array{std::move(value)};
  }
}

void make_expressible(const codec::TypeInfo& type, void* object);

// The label of a block is the key of its entry and its name.
void make_entry_expressible(const codec::TypeInfo& type, const std::string& key, const void* value) {
  void* entry = const_cast<void*>(value);
  make_expressible(type, entry);
  const codec::Field* label = type.kind == codec::Kind::Struct ? type.fields().label() : nullptr;
  if (label) *static_cast<std::string*>(label->in(entry)) = key;
}

// Takes away what HCL has no words for, and gives opaque values the shape that HCL gives them.
void make_expressible(const codec::TypeInfo& type, void* object) {
  switch (type.kind) {
    case codec::Kind::Value:
      return wrap_objects(*static_cast<Value*>(object));
    case codec::Kind::Optional:
      if (type.optional_get(object)) make_expressible(type.element(), const_cast<void*>(type.optional_get(object)));
      return;
    case codec::Kind::Vector:
      for (size_t i = 0; i < type.vector_size(object); ++i) {
        make_expressible(type.element(), const_cast<void*>(type.vector_at(object, i)));
      }
      return;
    case codec::Kind::Map:
      return type.map_visit(object, const_cast<codec::TypeInfo*>(&type.element()),
                            [](void* context, const std::string& key, const void* value) {
                              make_entry_expressible(*static_cast<codec::TypeInfo*>(context), key, value);
                            });
    case codec::Kind::Struct:
      break;
    default:
      return;
  }
  constexpr std::string_view kOtherwiseSaid[] = {"ReservedPorts", "DynamicPorts", "Identity"};
  const codec::StructInfo& info = type.fields();
  for (const codec::Field& field : info.fields) {
    const bool named = field.hcl_name || field.has(codec::kLabel);
    if (named || std::ranges::find(kOtherwiseSaid, std::string_view(field.json)) != std::end(kOtherwiseSaid)) {
      make_expressible(*field.type, field.in(object));
    } else {
      codec::copy(*field.type, field.in(object), field.in(info.defaults));
    }
  }
}

// The first line of two texts that is not the same, after the lines that lead to it.
std::string first_difference(const std::string& a, const std::string& b) {
  const size_t at = static_cast<size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  if (a == b) return "";
  const auto around = [at](const std::string& text) { return text.substr(at < 200 ? 0 : at - 200, 300); };
  return around(a) + "\n--- instead of\n" + around(b);
}

// What HCL's reader insists on, or takes as something else.
void make_unambiguous(model::Job& job) {
  for (model::TaskGroup& group : job.task_groups) {
    for (auto& [name, volume] : group.volumes) volume.sticky = false;  // read with a warning, and forgotten
    if (group.scaling) group.scaling->max = group.scaling->max.value_or(9);
    for (model::Task& task : group.tasks) {
      for (size_t i = 0; i < task.scaling_policies.size(); ++i) {
        task.scaling_policies[i].type = fmt::format("vertical_{}", i);
      }
      if (task.identity) task.identity->name = "default";
      for (size_t i = 0; i < task.identities.size(); ++i) task.identities[i].name = fmt::format("id-{}", i);
    }
  }
}

TEST(ToHcl, ReadsBackToTheSameJob) {
  SeededRandom random(3);
  int complete = 0;
  for (int i = 0; i < 100; ++i) {
    auto job = codec::random_instance<model::Job>(random, {.max_elements = 2});
    make_expressible(codec::type_of<model::Job>(), &job);
    make_unambiguous(job);
    model::canonicalize(job);
    const HclText written = to_hcl(job);
    for (const LeftOut& item : written.left_out) {
      EXPECT_NE(item.reason.find("a comment"), std::string::npos) << item.path << ": " << item.reason;
    }
    if (!written.left_out.empty()) continue;
    ++complete;
    const ParsedJob parsed = parse(written.text, {.file = "f.nomad"});
    ASSERT_TRUE(parsed.ok()) << parsed.diagnostics.errors()[0] << "\n" << written.text;
    model::Job again;
    Diagnostics problems;
    ASSERT_TRUE(codec::decode_into(parsed.tree, again, problems)) << problems.errors()[0];
    model::canonicalize(again);
    const codec::JsonStyle style{.pretty = true, .skip_flags = codec::kReadOnly};
    ASSERT_EQ(first_difference(codec::to_json(again, style), codec::to_json(job, style)), "") << written.text;
  }
  EXPECT_GT(complete, 80);
}

}  // namespace
}  // namespace drover::jobspec
