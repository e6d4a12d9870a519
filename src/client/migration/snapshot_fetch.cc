#include "client/migration/snapshot_fetch.h"

#include "base/strings.h"
#include "net/http_client.h"

#include <chrono>
#include <memory>
#include <utility>

namespace drover::client {
namespace {

constexpr int kRounds = 3;
constexpr Duration kFirstPause = std::chrono::seconds(1);
// Who waits for the end of the allocation gives a sign of life more often.
constexpr net::HttpTimeouts kTimeouts{.response = std::chrono::seconds(30), .idle = std::chrono::seconds(60)};
constexpr size_t kMaxRefusal = 4096;

bool may_pass(const Error& error) {
  return error.code() == ErrorCode::Unavailable || error.code() == ErrorCode::DeadlineExceeded;
}

Result<std::unique_ptr<SnapshotReader>> make_reader(const SnapshotFetch& fetch) {
  TRY_LET(const auto root, sys::Directory::open(fetch.into_root, "the allocation directory"));
  TRY(root.remove_tree(fetch.into));
  TRY(root.make_directories(fetch.into, 0700));
  TRY_LET(auto directory, root.open_directory(fetch.into, sys::Symlinks::Refuse));
  return std::make_unique<SnapshotReader>(std::move(directory), fetch.parts, fetch.limits);
}

net::Task<Result<FetchedSnapshot>> fetch_once(net::BlockingPool& pool, SnapshotFetch fetch, std::string agent,
                                              std::function<void(uint64_t)> on_progress) {
  const auto make = [&fetch] { return make_reader(fetch); };
  auto made = co_await net::run_blocking(pool, make);
  CO_TRY_LET(const auto reader, std::move(made));
  CO_TRY_LET(const auto client, net::HttpClient::create(agent));
  const std::string target = "/v1/client/allocation/" + fetch.alloc.str() + "/snapshot";
  auto opened = co_await client.open({.target = target}, kTimeouts);
  CO_TRY_LET(auto stream, std::move(opened));
  if (stream.status() != 200) {
    const auto said = co_await stream.read_all(kMaxRefusal);
    const auto code = stream.status() == 404 ? ErrorCode::NotFound : ErrorCode::Unavailable;
    co_return err(code, "{}", said ? printable(trim(*said), 300) : "status " + std::to_string(stream.status()));
  }
  while (true) {
    auto chunk = co_await stream.read_chunk();
    if (!chunk) co_return err(chunk.error());
    if (!*chunk) break;
    const auto add = [&reader, &chunk] { return reader->add(**chunk); };
    const auto added = co_await net::run_blocking(pool, add);
    if (!added) co_return err(added.error());
    on_progress(reader->bytes());
  }
  const auto finish = [&reader] { return reader->finish(); };
  const auto finished = co_await net::run_blocking(pool, finish);
  if (!finished) co_return err(finished.error());
  co_return FetchedSnapshot{
      .bytes = reader->bytes(), .files = reader->files(), .links_left_out = reader->links_left_out(), .agent = agent};
}

}  // namespace

net::Task<Result<FetchedSnapshot>> fetch_snapshot(net::BlockingPool& pool, SnapshotFetch fetch,
                                                  std::function<void(uint64_t bytes)> on_progress) {
  std::string reasons;
  Duration pause = kFirstPause;
  for (int round = 0; round < kRounds; ++round, pause *= 2) {
    if (round > 0) co_await net::sleep_for(pause);
    bool again = false;
    reasons.clear();
    for (const std::string& agent : fetch.agents) {
      auto fetched = co_await fetch_once(pool, fetch, agent, on_progress);
      if (fetched) co_return fetched;
      const Error& error = fetched.error();
      if (!may_pass(error) && error.code() != ErrorCode::NotFound) co_return err(error.context("from " + agent));
      again = again || may_pass(error);
      reasons += (reasons.empty() ? "" : "; ") + agent + ": " + error.message();
    }
    if (!again) break;
  }
  co_return err(ErrorCode::Unavailable, "{}", reasons.empty() ? "nobody is known who has it" : reasons);
}

}  // namespace drover::client
