#include "store/rocksdb_log.h"

#include "base/log.h"
#include "base/strings.h"

#include <cstdarg>
#include <cstdio>
#include <memory>

namespace drover::store {

void RocksDbLog::Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) {
  if (level < rocksdb::WARN_LEVEL || level == rocksdb::HEADER_LEVEL) return;
  char buffer[1000];
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  std::string line(trim(buffer));
  if (level >= rocksdb::ERROR_LEVEL) {
    log::warn("message from the store's engine", {{"text", line}});
  } else {
    log::debug("message from the store's engine", {{"text", line}});
  }
  // Written by RocksDB's recovery: "<file>: dropping <n> bytes; <reason>".
  if (line.find(": dropping ") != std::string::npos) {
    last_damage_.set(std::make_shared<const std::string>(std::move(line)));
  }
}

std::string RocksDbLog::last_damage() const {
  const auto line = last_damage_.get();
  return line ? *line : std::string();
}

}  // namespace drover::store
