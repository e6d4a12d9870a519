#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace drover::log {

enum class Level : uint8_t { Trace, Debug, Info, Warn, Error };

// One value of a log line. Never pass a secret.
struct Field {
  std::string_view key;
  std::string value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
  template <class Number>
    requires requires(Number n) { std::to_string(n); }
  Field(std::string_view k, Number v) : key(k), value(std::to_string(v)) {}
};

using Fields = std::initializer_list<Field>;

// A constant lower-case message and its values: log::info("alloc placed", {{"alloc", id}, {"node", node}}).
// Error: a person has to act. Warn: degraded. Info: a state change. Thread-safe, never throws.
void trace(std::string_view message, Fields fields = {});
void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warn(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

void set_level(Level level);

// How many error lines there have been: tests and the simulation fail when it moves.
uint64_t error_count();

}  // namespace drover::log
