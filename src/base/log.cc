#include "base/log.h"

#include <atomic>
#include <memory>

// Debian ships spdlog and fmt as shared libraries only; both are compiled into this file, which keeps their cost in one
// place and the program free of them at run time.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/strings.h"

namespace drover::log {
namespace {

std::atomic<uint64_t> errors{0};

spdlog::logger& logger() {
  static spdlog::logger* instance = [] {
    auto* made = new spdlog::logger("drover", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z [%l] %v");
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

void write(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  if (!logger().should_log(level)) return;
  std::string line(message);
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    const std::string value = printable(field.value, 2000);
    if (value.empty() || value.find_first_of(" \"=") != std::string::npos) {
      line += '"' + replace_all(value, "\"", "\\\"") + '"';
    } else {
      line += value;
    }
  }
  logger().log(level, line);
}

}  // namespace

void trace(std::string_view message, Fields fields) {
  write(spdlog::level::trace, message, fields);
}
void debug(std::string_view message, Fields fields) {
  write(spdlog::level::debug, message, fields);
}
void info(std::string_view message, Fields fields) {
  write(spdlog::level::info, message, fields);
}
void warn(std::string_view message, Fields fields) {
  write(spdlog::level::warn, message, fields);
}

void error(std::string_view message, Fields fields) {
  errors.fetch_add(1, std::memory_order_relaxed);
  write(spdlog::level::err, message, fields);
}

void set_level(Level level) {
  static constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::trace, spdlog::level::debug,
                                                          spdlog::level::info, spdlog::level::warn, spdlog::level::err};
  logger().set_level(kLevels[static_cast<size_t>(level)]);
}

uint64_t error_count() {
  return errors.load(std::memory_order_relaxed);
}

}  // namespace drover::log
