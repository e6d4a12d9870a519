#include "assets/helper.h"

#include "assets/asset_fetch.h"
#include "assets/fetch.h"
#include "assets/sandbox.h"
#include "assets/wire.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/storage.h"
#include "sys/files.h"

#include <unistd.h>
#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace drover::assets {
namespace {

constexpr int kWorkDescriptor = 3;
constexpr size_t kMaxOrder = 256 << 20;

void tell(const sys::Fd& agent, const HelperMessage& message) {
  // Nobody listens any more: the task was killed, and so is this process.
  if (!sys::write_all(agent, encode(message))) std::_Exit(1);
}

// All of the environment: the agent gave only what the operator lets through.
std::map<std::string, std::string> given_environment() {
  std::map<std::string, std::string> env;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) env[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  return env;
}

FetchContext context_of(const sys::Fd& agent, const Clock& clock, const std::string& work) {
  return {.clock = clock,
          .work = work,
          .env = given_environment(),
          .on_progress = [&agent](const Progress& progress) { tell(agent, progress); },
          .pause = [](Duration d) { std::this_thread::sleep_for(d); }};
}

Result<Fetched> carry_out(const sys::Fd& agent) {
  const sys::Fd input(::dup(STDIN_FILENO));
  TRY_LET(const std::string bytes, sys::read_all(input));
  TRY_LET(const HelperOrder order, decode_order(bytes));
  const FetchLimits& limits = order.request.limits;
  const bool limited = limits.download_bytes != 0 && limits.unpacked_bytes != 0;
  const SandboxOptions options{.isolate = order.isolate,
                               .file_bytes = limited ? std::max(limits.download_bytes, limits.unpacked_bytes) : 0};
  TRY_LET(const std::string work, enter_sandbox(kWorkDescriptor, options));
  const SystemClock clock;
  return fetch(context_of(agent, clock, work), order.request);
}

Result<Fetched> carry_out_asset(const sys::Fd& agent) {
  const sys::Fd input(::dup(STDIN_FILENO));
  TRY_LET(const std::string bytes, sys::read_all(input, kMaxOrder));
  TRY_LET(const auto order, codec::decode_record<AssetOrder>(bytes));
  TRY_LET(const std::string work,
          enter_sandbox(kWorkDescriptor, {.isolate = order.isolate, .file_bytes = order.limits.bytes}));
  const SystemClock clock;
  return fetch_asset(context_of(agent, clock, work), order);
}

int run(Result<Fetched> (*work)(const sys::Fd& agent)) {
  std::signal(SIGPIPE, SIG_IGN);
  std::setlocale(LC_CTYPE, "C.UTF-8");  // names in archives
  const sys::Fd agent(::dup(STDOUT_FILENO));
  auto fetched = work(agent);
  tell(agent, fetched ? HelperMessage(std::move(*fetched)) : HelperMessage(fetched.error()));
  return fetched ? 0 : 1;
}

}  // namespace

int run_helper() {
  return run(carry_out);
}

int run_asset_helper() {
  return run(carry_out_asset);
}

}  // namespace drover::assets
