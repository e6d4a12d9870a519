#include "assets/repository.h"

#include "assets/request.h"
#include "base/strings.h"
#include "sys/command.h"
#include "sys/files.h"
#include "sys/os_error.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace drover::assets {
namespace {

constexpr const char* kSearchPath = "/usr/local/bin:/usr/bin:/bin";
constexpr size_t kMaxAdvertisement = 64 << 20;

std::string setting(const Source& source, const char* name) {
  const auto found = source.settings.find(name);
  return found == source.settings.end() ? "" : found->second;
}

// Runs git or hg, with an environment of exactly these variables.
class Program {
 public:
  Program(const RepositoryContext& context, std::string name) : context_(context), name_(std::move(name)) {
    set("PATH", kSearchPath);
    set("HOME", context.work);
    set("TMPDIR", context.work);
    set("LC_ALL", "C.UTF-8");
    for (const auto& [variable, value] : context.env) set(variable, value);
  }

  void set(const std::string& variable, const std::string& value) { env_[variable] = value; }

  Status run(std::vector<std::string> arguments) const {
    const auto executable = sys::find_executable(name_, kSearchPath, "/");
    if (!executable) return err(ErrorCode::InvalidArgument, "the program {} is not installed on this node", name_);
    const Duration left = context_.download.deadline - context_.download.clock.mono();
    if (left <= Duration(0)) return err(ErrorCode::DeadlineExceeded, "it took too long");
    sys::SpawnSpec spec{.executable = *executable, .cwd = context_.work, .new_session = false};
    spec.argv = std::move(arguments);
    spec.argv.insert(spec.argv.begin(), name_);
    for (const auto& [variable, value] : env_) spec.env.push_back(variable + "=" + value);
    TRY_LET(const auto output, sys::run_command(std::move(spec), {.timeout = left}));
    if (output.status.ok()) return Ok{};
    return err(ErrorCode::Unavailable, "{}: {}", name_, last_lines(output.err));
  }

 private:
  static std::string last_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (const std::string& line : split(text, '\n')) {
      if (!trim(line).empty()) lines.push_back(redact_url(line));
    }
    if (lines.size() > 3) lines.erase(lines.begin(), lines.end() - 3);
    return lines.empty() ? "it failed without a word" : join(lines, "; ");
  }

  const RepositoryContext& context_;
  std::string name_;
  std::map<std::string, std::string> env_;
};

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
    const std::string address = text.data();
    TRY(check_address(address.substr(0, address.find('%')), reach));
  }
  return Ok{};
}

// Where redirections lead, so that git itself need not follow any.
Result<Url> final_address(const RepositoryContext& context, const Url& url) {
  constexpr std::string_view kService = "/info/refs";
  DownloadSpec spec{.url = url};
  while (spec.url.path.ends_with('/')) spec.url.path.pop_back();
  spec.url.path += kService;
  spec.url.query.emplace_back("service", "git-upload-pack");
  TRY_LET(const Document document, download_text(context.download, spec, kMaxAdvertisement));
  Url final = document.url;
  if (!final.path.ends_with(kService)) {
    return err(ErrorCode::InvalidArgument, "the server redirects to something that is no repository");
  }
  final.path.resize(final.path.size() - kService.size());
  take_parameter(final, "service");
  if (same_origin(final, url)) {
    final.user = url.user;
    final.password = url.password;
  }
  return final;
}

// Settings in the environment, where other users do not see them, unlike arguments.
void configure(Program& git, const std::vector<std::pair<std::string, std::string>>& settings) {
  git.set("GIT_CONFIG_COUNT", std::to_string(settings.size()));
  for (size_t i = 0; i < settings.size(); i++) {
    git.set(fmt::format("GIT_CONFIG_KEY_{}", i), settings[i].first);
    git.set(fmt::format("GIT_CONFIG_VALUE_{}", i), settings[i].second);
  }
}

Status prepare_ssh(const RepositoryContext& context, const Source& source, Program& git) {
  std::string command = "ssh -F /dev/null -o BatchMode=yes -o ForwardAgent=no -o PermitLocalCommand=no";
  command += context.download.insecure
                 ? " -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
                 : " -o StrictHostKeyChecking=yes -o GlobalKnownHostsFile=/etc/ssh/ssh_known_hosts";
  if (const std::string key = setting(source, "sshkey"); !key.empty()) {
    const auto bytes = base64_decode(key);
    if (!bytes) return err(ErrorCode::InvalidArgument, "sshkey is not base64");
    const std::string file = context.work + "/ssh-key";
    TRY(sys::write_file_atomic(file, *bytes, 0600));
    command += " -o IdentitiesOnly=yes -i '" + file + "'";  // a path that we chose: no quotes in it
  }
  git.set("GIT_SSH_COMMAND", command);
  git.set("GIT_SSH_VARIANT", "ssh");
  return Ok{};
}

Status prepare_git(const RepositoryContext& context, const Source& source, const Url& url, Program& git) {
  git.set("GIT_TERMINAL_PROMPT", "0");
  git.set("GIT_ASKPASS", "/bin/false");
  git.set("GIT_CONFIG_NOSYSTEM", "1");
  git.set("GIT_CONFIG_GLOBAL", "/dev/null");
  git.set("GIT_ALLOW_PROTOCOL", "http:https:ssh:git");
  std::vector<std::pair<std::string, std::string>> settings = {
      {"core.hooksPath", "/dev/null"},  {"core.fsmonitor", "false"},
      {"core.protectHFS", "true"},      {"core.protectNTFS", "true"},
      {"submodule.recurse", "false"},   {"http.followRedirects", "false"},
      {"credential.helper", ""},        {"fetch.recurseSubmodules", "false"},
      {"advice.detachedHead", "false"}, {"gc.auto", "0"},
      {"http.lowSpeedLimit", "1"},      {"http.lowSpeedTime", "60"}};
  if (context.download.insecure) settings.emplace_back("http.sslVerify", "false");
  if (url.scheme == "http" || url.scheme == "https") {
    if (!url.user.empty()) {
      settings.emplace_back("http.extraHeader", "Authorization: Basic " + base64_encode(url.user + ":" + url.password));
    }
  } else if (url.scheme == "ssh") {
    TRY(prepare_ssh(context, source, git));
  }
  configure(git, settings);
  return Ok{};
}

std::string address_argument(const Url& url) {
  std::string text = to_text(url);
  if (url.scheme == "ssh" && !url.user.empty()) text.insert(6, url.user + "@");
  return text;
}

}  // namespace

Status check_revision(std::string_view revision) {
  const bool clean = std::ranges::all_of(revision, [](unsigned char c) { return c > ' ' && c != 0x7f; });
  if (clean && !revision.starts_with('-') && revision.size() < 1000 && revision.find(':') == std::string_view::npos) {
    return Ok{};
  }
  return err(ErrorCode::InvalidArgument, "\"{}\" is no name of a revision", printable(revision, 80));
}

Status fetch_git(const RepositoryContext& context, const Source& source) {
  const std::string ref = setting(source, "ref");
  const std::string depth = setting(source, "depth");
  TRY(check_revision(ref));
  if (!depth.empty() && parse_uint(depth).value_or(0) == 0) {
    return err(ErrorCode::InvalidArgument, "depth \"{}\" is not a number of commits", printable(depth, 40));
  }
  if (source.url.user.starts_with('-'))
    return err(ErrorCode::InvalidArgument, "the user of the address starts with \"-\"");
  TRY(check_host(source.url, context.download.reach));
  Url url = source.url;
  if (url.scheme == "http" || url.scheme == "https") {
    TRY_LET(url, final_address(context, url));
  }
  Program git(context, "git");
  TRY(prepare_git(context, source, url, git));
  const std::string address = address_argument(url);
  const std::string out(kOutputName);
  TRY(git.run({"init", "--quiet", "--template=", out}));
  std::vector<std::string> fetch = {"-C", out, "fetch", "--quiet", "--no-recurse-submodules"};
  if (!depth.empty()) fetch.push_back("--depth=" + depth);
  std::vector<std::string> one = fetch;
  one.insert(one.end(), {"--", address, ref.empty() ? "HEAD" : ref});
  const auto fetched = git.run(one);
  if (fetched) return git.run({"-C", out, "checkout", "--quiet", "--detach", "FETCH_HEAD"});
  if (ref.empty() || !depth.empty()) return fetched;
  // Part of a commit's hash, or a server that gives out only what has a name.
  fetch.insert(fetch.end(), {"--tags", "--", address, "+refs/heads/*:refs/remotes/origin/*"});
  if (!git.run(fetch)) return fetched;
  const auto checked_out = git.run({"-C", out, "checkout", "--quiet", "--detach", ref, "--"});
  if (checked_out || git.run({"-C", out, "checkout", "--quiet", "--detach", "origin/" + ref, "--"})) return Ok{};
  return err(ErrorCode::NotFound, "git: the repository has no revision \"{}\"", printable(ref, 80));
}

Status fetch_hg(const RepositoryContext& context, const Source& source) {
  const std::string revision = setting(source, "rev");
  TRY(check_revision(revision));
  if (source.url.user.starts_with('-'))
    return err(ErrorCode::InvalidArgument, "the user of the address starts with \"-\"");
  if (source.url.scheme == "ssh") {
    return err(ErrorCode::InvalidArgument, "hg repositories are fetched over http and https, not over ssh");
  }
  TRY(check_host(source.url, context.download.reach));
  Program hg(context, "hg");
  hg.set("HGRCPATH", "/dev/null");
  hg.set("HGPLAIN", "1");
  const std::string out(kOutputName);
  std::vector<std::string> clone = {"--noninteractive", "--quiet", "clone", "--noupdate"};
  if (context.download.insecure) clone.emplace_back("--insecure");
  if (!source.url.user.empty()) {
    // Not in the arguments, which other users can see.
    const std::string rc =
        fmt::format("[auth]\na.prefix = *\na.username = {}\na.password = {}\n", source.url.user, source.url.password);
    if (rc.find('\n', rc.find("a.username")) != rc.find("\na.password")) {
      return err(ErrorCode::InvalidArgument, "the credentials have a line break in them");
    }
    TRY(sys::write_file_atomic(context.work + "/hgrc", rc, 0600));
    hg.set("HGRCPATH", context.work + "/hgrc");
  }
  clone.insert(clone.end(), {"--", to_text(source.url), out});
  TRY(hg.run(clone));
  return hg.run({"--noninteractive", "--quiet", "--cwd", out, "update", "--clean", "--rev",
                 revision.empty() ? "default" : revision});
}

}  // namespace drover::assets
