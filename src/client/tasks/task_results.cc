#include "client/tasks/task_results.h"

#include "base/log.h"
#include "client/files/log_files.h"
#include "codec/json.h"
#include "jobspec/nosana_results.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace drover::client {
namespace {

constexpr size_t kMaxLines = 24'999;
constexpr size_t kMaxBytes = size_t{16} << 20;
constexpr size_t kMaxValueBytes = size_t{64} << 10;
constexpr size_t kPiece = size_t{256} << 10;

// The end of a stream's output.
Result<std::string> read_output(const std::string& folder, const std::string& prefix) {
  TRY_LET(auto logs, sys::Directory::open(folder, "the logs of the allocation"));
  TRY_LET(const auto files, list_log_files(logs, prefix));
  if (files.empty()) return std::string();
  uint64_t size = 0;
  for (const auto& file : files) size += file.size;
  LogReader reader(std::move(logs), prefix, locate_log(files, "end", std::min<uint64_t>(size, kMaxBytes)));
  std::string out;
  while (out.size() < kMaxBytes) {
    TRY_LET(const std::string piece, reader.read(kPiece));
    if (piece.empty()) break;
    out += piece;
  }
  return out;
}

void add_lines(std::string_view stream, std::string_view text, std::vector<jobspec::OutputLine>& lines) {
  std::vector<jobspec::OutputLine> all;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    all.push_back({.stream = stream, .text = line});
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  const size_t dropped = all.size() > kMaxLines ? all.size() - kMaxLines : 0;
  lines.insert(lines.end(), all.begin() + static_cast<std::ptrdiff_t>(dropped), all.end());
}

std::string capped_json(const codec::Value& value) {
  std::string text = codec::dump(value);
  if (text.size() <= kMaxValueBytes) return text;
  return codec::dump(fmt::format("Error: the result has {} bytes, at most {} are kept", text.size(), kMaxValueBytes));
}

}  // namespace

std::map<std::string, std::string> results_of(const std::string& logs, const model::Task& task) {
  std::array<std::string, 2> outputs;
  std::vector<jobspec::OutputLine> lines;
  constexpr std::array<std::string_view, 2> kStreams = {"stdout", "stderr"};
  for (size_t i = 0; i < kStreams.size(); ++i) {
    auto output = read_output(logs, fmt::format("{}.{}.", task.name, kStreams[i]));
    if (!output) {
      log::warn("the output of a task cannot be searched", {{"task", task.name}, {"error", output.error().message()}});
      continue;
    }
    outputs[i] = std::move(*output);
    add_lines(kStreams[i], outputs[i], lines);
  }
  std::vector<jobspec::ResultPattern> patterns;
  for (const auto& result : task.results) {
    patterns.push_back({.name = result.name, .regex = result.pattern, .streams = result.streams});
  }
  const codec::Value found = jobspec::extract_results(patterns, lines);
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : *found.as_object()) out[name] = capped_json(value);
  return out;
}

}  // namespace drover::client
