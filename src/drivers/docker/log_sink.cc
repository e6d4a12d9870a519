#include "drivers/docker/log_collector.h"

#include "codec/describe.h"
#include "codec/json.h"
#include "sys/files.h"
#include "sys/os_error.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <unistd.h>

namespace drover::drivers {
namespace {

constexpr int64_t kNanos = 1'000'000'000;
// Entries of the two streams are in order of time, but for this at most.
constexpr int64_t kStreamSkew = 5 * kNanos;
// Records have one length, so that one write replaces the former whole.
constexpr size_t kRecordBytes = 512;

std::optional<LogRecord> read_record(const sys::Fd& file, const std::string& container) {
  const auto text = sys::read_all(file, 1 << 16);
  const auto json = text ? codec::parse_json(*text) : Result<codec::Value>(err(text.error()));
  if (!json) return std::nullopt;
  LogRecord record;
  Diagnostics problems;
  codec::decode(*json, codec::type_of<LogRecord>(), &record, problems);
  if (problems.has_errors() || record.container != container) return std::nullopt;
  return record;
}

}  // namespace

void describe(codec::StructBuilder& d, LogPosition& r) {
  auto& [unix_nanos, count, has_file, index, size, latest_nanos] = r;
  d.name("LogPosition");
  d.field(1, unix_nanos, "UnixNanos");
  d.field(2, count, "Count");
  d.field(3, has_file, "HasFile");
  d.field(4, index, "Index");
  d.field(5, size, "Size");
  d.field(6, latest_nanos, "LatestNanos");
}

void describe(codec::StructBuilder& d, LogRecord& r) {
  auto& [container, out, err] = r;
  d.name("LogRecord");
  d.field(1, container, "Container");
  d.field(2, out, "Out");
  d.field(3, err, "Err");
}

Result<std::unique_ptr<LogSink>> LogSink::open(const LogTarget& target, const Clock& clock) {
  TRY_LET(auto state, sys::Directory::create(target.state_dir, 0700, "state directory"));
  const std::string name = target.task + ".docker-log";
  TRY(state.create_file(name, {.mode = 0600, .truncate = false}));
  TRY_LET(auto reader, state.open_file(name));
  const auto record = read_record(reader, target.container);
  TRY_LET(auto file, state.create_file(name, {.mode = 0600, .truncate = false}));
  TRY_LET(auto out, LogWriter::open(target.logs_dir, target.task + ".stdout.", target.limits));
  TRY_LET(auto err, LogWriter::open(target.logs_dir, target.task + ".stderr.", target.limits));
  std::unique_ptr<LogSink> sink(new LogSink(target, clock, std::move(file), std::move(out), std::move(err)));
  if (record) {
    sink->load(*record);
  } else {
    sink->save();
  }
  return sink;
}

LogSink::LogSink(LogTarget target, const Clock& clock, sys::Fd record_file, LogWriter out, LogWriter err)
    : target_(std::move(target)),
      clock_(clock),
      record_file_(std::move(record_file)),
      out_{.writer = std::move(out)},
      err_{.writer = std::move(err)} {}

void LogSink::load(const LogRecord& record) {
  for (auto [channel, position] : {std::pair(&out_, &record.out), std::pair(&err_, &record.err)}) {
    if (position->has_file) channel->writer.rewind({.index = position->index, .size = position->size});
    channel->written = channel->seen = *position;
    channel->seen.latest_nanos = std::max(position->latest_nanos, position->unix_nanos);
  }
  restart();
}

std::string LogSink::since() const {
  const auto [older, newer] = std::minmax({out_.seen.unix_nanos, err_.seen.unix_nanos});
  if (clock_.now().unix_nanos < newer) return "";  // The daemon would leave out what is newer by order, not by time.
  int64_t from = std::max(older, newer - kStreamSkew);
  for (const LogPosition& seen : {out_.seen, err_.seen}) {
    if (seen.latest_nanos > seen.unix_nanos) from = std::min(from, seen.unix_nanos - kStreamSkew);
  }
  return from <= 0 ? std::string() : fmt::format("{}.{:09}", from / kNanos, from % kNanos);
}

void LogSink::restart() {
  const int64_t now = clock_.now().unix_nanos;
  for (Channel* channel : {&out_, &err_}) {
    const LogPosition& seen = channel->seen;
    channel->skip = seen.count;
    channel->again = seen.latest_nanos > seen.unix_nanos || now < seen.unix_nanos;
  }
}

// Within a stream time goes back only if the clock was set back. Otherwise what is older has been written: when its log
// file is rotated, the daemon may send again what it has sent in this answer.
bool LogSink::skip_written(Channel& channel, int64_t unix_nanos) {
  const LogPosition& seen = channel.seen;
  const int64_t now = clock_.now().unix_nanos;
  if (unix_nanos > seen.unix_nanos) {
    const bool before_set_back = unix_nanos <= seen.latest_nanos && (channel.again || unix_nanos > now);
    if (before_set_back) {
      channel.skip = seen.count;
    } else {
      channel.again = false;
    }
    return before_set_back;
  }
  if (unix_nanos == seen.unix_nanos) {
    channel.again = false;
    if (channel.skip == 0) return false;
    channel.skip--;
    return true;
  }
  if (now < seen.unix_nanos && !channel.again) return false;
  channel.skip = seen.count;
  return true;
}

void LogSink::add(Stream stream, std::string_view payload) {
  Channel& channel = stream == Stream::Err ? err_ : out_;
  const LogEntry entry = parse_log_entry(payload);
  if (skip_written(channel, entry.unix_nanos)) return;
  if (entry.unix_nanos != channel.seen.unix_nanos) {
    channel.seen.unix_nanos = entry.unix_nanos;
    channel.seen.latest_nanos = std::max(channel.seen.latest_nanos, entry.unix_nanos);
    channel.seen.count = 0;
    channel.skip = 0;
  }
  channel.seen.count++;
  if (entry.unix_nanos > 0 &&
      (channel.marks.empty() || channel.marks.back().unix_nanos + LogWriter::kMarkInterval <= entry.unix_nanos)) {
    channel.marks.push_back({.offset = channel.pending.size(), .unix_nanos = entry.unix_nanos});
  }
  channel.pending += entry.text;
}

void LogSink::flush() {
  bool changed = false;
  for (Channel* channel : {&out_, &err_}) {
    if (channel->pending.empty()) continue;
    channel->writer.write(std::exchange(channel->pending, {}), std::exchange(channel->marks, {}));
    changed = true;
  }
  if (changed) save();
}

void LogSink::save() {
  for (Channel* channel : {&out_, &err_}) {
    channel->written = channel->seen;
    const auto position = channel->writer.position();
    channel->written.has_file = position.has_value();
    if (!position) continue;
    channel->written.index = position->index;
    channel->written.size = position->size;
  }
  const LogRecord record{.container = target_.container, .out = out_.written, .err = err_.written};
  std::string text;
  codec::encode(text, codec::type_of<LogRecord>(), &record);
  text.resize(std::max(text.size(), kRecordBytes), ' ');
  // A failed write leaves the older record, with which output is at worst cut off and read again.
  std::ignore = ::pwrite(record_file_.get(), text.data(), text.size(), 0);
}

}  // namespace drover::drivers
