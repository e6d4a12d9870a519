#pragma once

#include "base/published.h"

#include <string>

#include <rocksdb/env.h>

namespace drover::store {

// RocksDB's own log lines, sent to ours. Not to its file LOG in the store: Debian builds RocksDB with assertions, and
// one of them aborts the process when that file cannot grow on a full disk. Called on any thread.
class RocksDbLog final : public rocksdb::Logger {
 public:
  RocksDbLog() : Logger(rocksdb::WARN_LEVEL) {}

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override { Logv(rocksdb::INFO_LEVEL, format, arguments); }
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override;

  // What was last said about damage in a log file, which names the file as the status does not; "" if nothing was.
  std::string last_damage() const;

 private:
  Published<std::string> last_damage_;
};

}  // namespace drover::store
