#include "assets/repository_program.h"

#include "base/strings.h"
#include "sys/files.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <array>
#include <memory>
#include <utility>

namespace drover::assets {
namespace {

constexpr const char* kSearchPath = "/usr/local/bin:/usr/bin:/bin";
constexpr size_t kMaxOutput = 1 << 20;

std::string last_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string& line : split(text, '\n')) {
    if (!trim(line).empty()) lines.push_back(redact_url(line));
  }
  if (lines.size() > 3) lines.erase(lines.begin(), lines.end() - 3);
  return lines.empty() ? "it failed without a word" : join(lines, "; ");
}

}  // namespace

RepositoryProgram::RepositoryProgram(const RepositoryContext& context, std::string name)
    : context_(context), name_(std::move(name)) {
  set("PATH", kSearchPath);
  set("HOME", context.work);
  set("TMPDIR", context.work);
  set("LC_ALL", "C.UTF-8");
  for (const auto& [variable, value] : context.env) set(variable, value);
}

Status RepositoryProgram::run(std::vector<std::string> arguments) const {
  TRY(run_to_end(std::move(arguments)));
  return Ok{};
}

Result<std::string> RepositoryProgram::output(std::vector<std::string> arguments) const {
  TRY_LET(auto output, run_to_end(std::move(arguments)));
  if (output.truncated) return err(ErrorCode::ResourceExhausted, "{}: it prints more than {} bytes", name_, kMaxOutput);
  return std::move(output.out);
}

Result<sys::CommandOutput> RepositoryProgram::run_to_end(std::vector<std::string> arguments) const {
  const auto executable = sys::find_executable(name_, kSearchPath, "/");
  if (!executable) return err(ErrorCode::InvalidArgument, "the program {} is not installed on this node", name_);
  const Duration left = context_.download.deadline - context_.download.clock.mono();
  if (left <= Duration(0)) return err(ErrorCode::DeadlineExceeded, "it took too long");
  sys::SpawnSpec spec{.executable = *executable, .cwd = context_.work, .new_session = false};
  spec.argv = std::move(arguments);
  spec.argv.insert(spec.argv.begin(), name_);
  for (const auto& [variable, value] : env_) spec.env.push_back(variable + "=" + value);
  TRY_LET(auto output, sys::run_command(std::move(spec), {.timeout = left, .output_bytes = kMaxOutput}));
  if (output.status.ok()) return output;
  return err(ErrorCode::Unavailable, "{}: {}", name_, last_lines(output.err));
}

// The programs resolve names themselves, so this holds for what the name means now.
Status check_host(const Url& url, Reach reach) {
  std::string host = url.host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(host.c_str(), nullptr, nullptr, &found);
  if (status != 0) return err(ErrorCode::Unavailable, "host {}: {}", host, ::gai_strerror(status));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, ::freeaddrinfo);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
      continue;
    TRY(check_address(text.data(), reach));
  }
  return Ok{};
}

std::string setting(const Source& source, const char* name) {
  const auto found = source.settings.find(name);
  return found == source.settings.end() ? "" : found->second;
}

}  // namespace drover::assets
