#include "assets/helper.h"

#include "assets/fetch.h"
#include "assets/sandbox.h"
#include "assets/wire.h"
#include "base/strings.h"
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
  const FetchContext context{.clock = clock,
                             .work = work,
                             .env = given_environment(),
                             .on_progress = [&](const Progress& progress) { tell(agent, progress); },
                             .pause = [](Duration d) { std::this_thread::sleep_for(d); }};
  return fetch(context, order.request);
}

}  // namespace

int run_helper() {
  std::signal(SIGPIPE, SIG_IGN);
  std::setlocale(LC_CTYPE, "C.UTF-8");  // names in archives
  const sys::Fd agent(::dup(STDOUT_FILENO));
  auto fetched = carry_out(agent);
  tell(agent, fetched ? HelperMessage(std::move(*fetched)) : HelperMessage(fetched.error()));
  return fetched ? 0 : 1;
}

}  // namespace drover::assets
