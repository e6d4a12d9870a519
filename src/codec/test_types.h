#pragma once

#include "codec/describe.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

// Described structs of every kind, for the tests of this folder.
namespace drover::codec::test {

enum class Color : uint8_t { Red, Green, Blue };
inline std::span<const EnumName> enum_names(Color) {
  static constexpr EnumName kNames[] = {{0, "red"}, {1, "green"}, {2, "blue"}};
  return kNames;
}

struct Port {
  std::string label;
  int32_t value = 0;
  uint16_t to = 0;
};
inline void describe(StructBuilder& d, Port& p) {
  auto& [label, value, to] = p;
  d.name("Port");
  d.field(1, label, "Label").hcl("port").flags(kLabel);
  d.field(2, value, "Value").hcl("static").doc("a fixed port | or none");
  d.field(3, to, "To").hcl("to");
}

struct Resources {
  int64_t cpu = 100;
  int64_t memory_mb = 300;
  double share = 0.5;
  std::vector<Port> ports;
};
inline void describe(StructBuilder& d, Resources& r) {
  auto& [cpu, memory_mb, share, ports] = r;
  d.name("Resources");
  d.field(1, cpu, "CPU").hcl("cpu").doc("CPU share in MHz");
  d.field(2, memory_mb, "MemoryMB").hcl("memory").flags(kDestructive);
  d.field(3, share, "Share");
  d.field(4, ports, "Ports");
}

struct Constraint {
  std::string left;
  std::string right;
};
inline void describe(StructBuilder& d, Constraint& c) {
  auto& [left, right] = c;
  d.name("Constraint");
  d.field(1, left, "LTarget");
  d.field(2, right, "RTarget");
}

struct TaskName : StrongString<TaskName> {
  using StrongString::StrongString;
};
using TestId = StrongUuid<struct TestIdTag>;

struct Task {
  std::string name;
  TaskName leader;
  Value config;
  std::map<std::string, std::string> env;
  Resources resources;
  Duration kill_timeout = std::chrono::seconds(5);
  std::map<std::string, std::string, std::less<>> secrets;
  std::string token;
};
inline void describe(StructBuilder& d, Task& t) {
  auto& [name, leader, config, env, resources, kill_timeout, secrets, token] = t;
  d.name("Task");
  d.field(1, name, "Name").hcl("task").flags(kLabel);
  d.field(2, leader, "Leader");
  d.field(3, config, "Config");
  d.field(4, env, "Env").flags(kDestructive);
  d.field(5, resources, "Resources");
  d.field(6, kill_timeout, "KillTimeout");
  d.field(7, secrets, "Secrets").flags(kSecret);
  d.field(8, token, "Token").flags(kSecret);
}

struct Everything {
  bool flag = false;
  int8_t tiny = 0;
  int64_t whole = 7;
  uint8_t small = 0;
  uint64_t huge = 0;
  double real = 0;
  Color color = Color::Green;
  Uuid id;
  TestId test_id;
  Bytes payload;
  WallTime created;
  std::optional<int64_t> maybe;
  std::optional<int32_t> usually = 3;
  std::optional<Port> maybe_port;
  std::optional<std::vector<std::string>> maybe_list;
  std::vector<std::string> datacenters = {"dc1"};
  std::vector<std::string> plain_list;
  std::vector<int64_t> numbers;
  std::vector<std::vector<int64_t>> matrix;
  std::vector<std::optional<int64_t>> holes;
  std::vector<Constraint> constraints;
  std::vector<Task> tasks;
  std::map<std::string, Port> named_ports;
  std::map<std::string, std::vector<std::string>> lists;
  std::vector<Everything> children;
  std::optional<Color> maybe_color;
  std::optional<Duration> maybe_wait;
  std::optional<Value> maybe_value;
  std::optional<std::map<std::string, int64_t>> maybe_map;
  std::vector<Color> colors;
  std::vector<Value> values;
  std::vector<std::map<std::string, std::string>> maps;
  std::map<std::string, Value> named_values;
  std::map<std::string, std::optional<Port>> named_maybe_ports;
  std::map<std::string, std::map<std::string, Duration>> waits;
  std::map<std::string, std::vector<Port>> port_lists;
  int64_t omitted = 0;
  int64_t omitted_default = 5;
  int64_t modify_index = 0;
};
inline void describe(StructBuilder& d, Everything& e) {
  auto& [flag, tiny, whole, small, huge, real, color, id, test_id, payload, created, maybe, usually, maybe_port,
         maybe_list, datacenters, plain_list, numbers, matrix, holes, constraints, tasks, named_ports, lists, children,
         maybe_color, maybe_wait, maybe_value, maybe_map, colors, values, maps, named_values, named_maybe_ports, waits,
         port_lists, omitted, omitted_default, modify_index] = e;
  d.name("Everything");
  d.field(1, flag, "Flag");
  d.field(2, tiny, "Tiny");
  d.field(3, whole, "Whole");
  d.field(4, small, "Small");
  d.field(5, huge, "Huge");
  d.field(6, real, "Real");
  d.field(7, color, "Color");
  d.field(8, id, "ID");
  d.field(9, test_id, "TestID");
  d.field(10, payload, "Payload");
  d.field(11, created, "CreateTime");
  d.field(12, maybe, "Maybe");
  d.field(13, usually, "Usually");
  d.field(14, maybe_port, "MaybePort");
  d.field(15, maybe_list, "MaybeList");
  d.field(16, datacenters, "Datacenters");
  d.field(17, plain_list, "PlainList").flags(kEmptyList);
  d.field(18, numbers, "Numbers").flags(kOmitEmpty);
  d.field(19, matrix, "Matrix");
  d.field(20, holes, "Holes");
  d.field(21, constraints, "Constraints");
  d.field(22, tasks, "Tasks");
  d.field(23, named_ports, "NamedPorts");
  d.field(24, lists, "Lists");
  d.field(25, children, "Children");
  d.field(26, omitted, "Omitted").flags(kOmitEmpty);
  d.field(27, omitted_default, "OmittedDefault").flags(kOmitEmpty);
  d.field(28, maybe_color, "MaybeColor");
  d.field(29, maybe_wait, "MaybeWait");
  d.field(30, maybe_value, "MaybeValue");
  d.field(31, maybe_map, "MaybeMap");
  d.field(32, colors, "Colors");
  d.field(33, values, "Values");
  d.field(34, maps, "Maps");
  d.field(35, named_values, "NamedValues");
  d.field(36, named_maybe_ports, "NamedMaybePorts");
  d.field(37, waits, "Waits");
  d.field(38, port_lists, "PortLists");
  d.field(300, modify_index, "ModifyIndex").flags(kReadOnly);
}

}  // namespace drover::codec::test
