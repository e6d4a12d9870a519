#include "assets/repository.h"

#include "assets/repository_program.h"
#include "assets/request.h"
#include "assets/submodules.h"
#include "base/strings.h"
#include "sys/files.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace drover::assets {
namespace {

constexpr size_t kMaxAdvertisement = 64 << 20;
constexpr int kMaxSubmodules = 1000;  // of one artifact, at any depth

// Where redirections lead, so that git itself need not follow any. Credentials stay with the origin that they are for.
Result<Url> final_address(const DownloadContext& download, const Url& url) {
  constexpr std::string_view kService = "/info/refs";
  DownloadSpec spec{.url = url};
  while (spec.url.path.ends_with('/')) spec.url.path.pop_back();
  spec.url.path += kService;
  spec.url.query.emplace_back("service", "git-upload-pack");
  TRY_LET(const Document document, download_text(download, spec, kMaxAdvertisement));
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
void configure(RepositoryProgram& git, const std::vector<std::pair<std::string, std::string>>& settings) {
  git.set("GIT_CONFIG_COUNT", std::to_string(settings.size()));
  for (size_t i = 0; i < settings.size(); i++) {
    git.set(fmt::format("GIT_CONFIG_KEY_{}", i), settings[i].first);
    git.set(fmt::format("GIT_CONFIG_VALUE_{}", i), settings[i].second);
  }
}

// Git reads the address anew, with the user's escapes decoded: what is no plain name could make another host of it.
Status check_ssh_user(const std::string& user) {
  constexpr std::string_view kPunctuation = "._+-";
  const bool plain = std::ranges::all_of(
      user, [&](unsigned char c) { return std::isalnum(c) != 0 || kPunctuation.find(c) != std::string_view::npos; });
  if (plain && !user.starts_with('-')) return Ok{};
  return err(ErrorCode::InvalidArgument, "\"{}\" is no user for ssh", printable(user, 80));
}

Status prepare_ssh(const RepositoryContext& context, const std::string& key, RepositoryProgram& git) {
  std::string command = "ssh -F /dev/null -o BatchMode=yes -o ForwardAgent=no -o PermitLocalCommand=no";
  command += context.download.insecure
                 ? " -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
                 : " -o StrictHostKeyChecking=yes -o GlobalKnownHostsFile=/etc/ssh/ssh_known_hosts";
  if (!key.empty()) {
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

Status prepare_git(const RepositoryContext& context, const Source& source, const Url& url, RepositoryProgram& git) {
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
    TRY(prepare_ssh(context, url.host == source.url.host ? setting(source, "sshkey") : "", git));
  }
  configure(git, settings);
  return Ok{};
}

std::string address_argument(const Url& url) {
  std::string text = to_text(url);
  if (url.scheme == "ssh" && !url.user.empty()) text.insert(6, url.user + "@");
  return text;
}

struct GitRevision {
  std::string name;   // "": the default branch
  std::string depth;  // "": all of its history
};

// Of the submodule that the revision has there; "" if it has something else, or the path is not plain.
Result<std::string> commit_at(const RepositoryProgram& git, const std::string& directory, const std::string& path) {
  TRY_LET(const auto entry, git.output({"-C", directory, "ls-tree", "-z", "HEAD", "--", path}));
  const size_t tab = entry.find('\t');
  const auto parts = split(entry.substr(0, tab), ' ');  // "160000 commit <hash>"
  const bool there = parts.size() == 3 && parts[1] == "commit" && entry.substr(tab + 1, path.size() + 1) == path + '\0';
  return there ? parts[2] : std::string();
}

// What one artifact consists of: a repository and, below it, its submodules.
class GitFetch {
 public:
  GitFetch(const RepositoryContext& context, const Source& source) : context_(context), source_(source) {}

  Status run(const GitRevision& revision) { return repository(source_.url, std::string(kOutputName), revision); }

 private:
  Status repository(Url url, const std::string& directory, const GitRevision& revision);
  Status check_out(const RepositoryProgram& git, const std::string& address, const std::string& directory,
                   const GitRevision& revision) const;
  Status submodules(const RepositoryProgram& git, const Url& url, const std::string& directory,
                    const std::string& depth);
  Status submodule(const Submodule& submodule, std::string commit, const Url& parent, const std::string& directory,
                   const std::string& depth);
  // A job may name a server of this machine; what repositories name may be that one, but no other.
  Reach reach_of(const Url& url) const {
    return same_origin(url, source_.url) ? context_.download.reach : Reach::Elsewhere;
  }

  const RepositoryContext& context_;
  const Source& source_;
  int submodules_ = 0;
};

Status GitFetch::repository(Url url, const std::string& directory, const GitRevision& revision) {
  if (url.scheme == "ssh") TRY(check_ssh_user(url.user));
  TRY(check_host(url, reach_of(url)));
  if (url.scheme == "http" || url.scheme == "https") {
    DownloadContext download = context_.download;
    download.reach = reach_of(url);
    TRY_LET(url, final_address(download, url));
  }
  RepositoryProgram git(context_, "git");
  TRY(prepare_git(context_, source_, url, git));
  TRY(git.run({"init", "--quiet", "--template=", directory}));
  TRY(check_out(git, address_argument(url), directory, revision));
  return submodules(git, url, directory, revision.depth);
}

Status GitFetch::check_out(const RepositoryProgram& git, const std::string& address, const std::string& directory,
                           const GitRevision& revision) const {
  const std::string& ref = revision.name;
  std::vector<std::string> fetch = {"-C", directory, "fetch", "--quiet", "--no-recurse-submodules"};
  if (!revision.depth.empty()) fetch.push_back("--depth=" + revision.depth);
  std::vector<std::string> one = fetch;
  one.insert(one.end(), {"--", address, ref.empty() ? "HEAD" : ref});
  const auto fetched = git.run(one);
  if (fetched) return git.run({"-C", directory, "checkout", "--quiet", "--detach", "FETCH_HEAD"});
  if (ref.empty() || !revision.depth.empty()) return fetched;
  // Part of a commit's hash, or a server that gives out only what has a name.
  fetch.insert(fetch.end(), {"--tags", "--", address, "+refs/heads/*:refs/remotes/origin/*"});
  if (!git.run(fetch)) return fetched;
  const auto checked_out = git.run({"-C", directory, "checkout", "--quiet", "--detach", ref, "--"});
  if (checked_out || git.run({"-C", directory, "checkout", "--quiet", "--detach", "origin/" + ref, "--"})) return Ok{};
  return err(ErrorCode::NotFound, "git: the repository has no revision \"{}\"", printable(ref, 80));
}

// Each is fetched like the repository itself, so that our rules hold for the addresses that a stranger wrote.
Status GitFetch::submodules(const RepositoryProgram& git, const Url& url, const std::string& directory,
                            const std::string& depth) {
  TRY_LET(const auto entry, git.output({"-C", directory, "ls-tree", "HEAD", "--", ".gitmodules"}));
  if (entry.empty()) return Ok{};
  TRY_LET(const auto listing, git.output({"-C", directory, "config", "--blob", "HEAD:.gitmodules", "-z", "--list"}));
  for (const Submodule& each : parse_submodules(listing)) {
    TRY_LET(const auto commit, commit_at(git, directory, each.path));
    if (each.skipped || commit.empty()) continue;
    const auto fetched = submodule(each, commit, url, directory, depth);
    if (!fetched) return err(fetched.error().context(fmt::format("submodule {}", printable(each.name, 80))));
  }
  return Ok{};
}

Status GitFetch::submodule(const Submodule& submodule, std::string commit, const Url& parent,
                           const std::string& directory, const std::string& depth) {
  if (++submodules_ > kMaxSubmodules) {
    return err(ErrorCode::ResourceExhausted, "the repository has more than {} submodules", kMaxSubmodules);
  }
  TRY_LET(Url url, submodule_address(parent, submodule.url));
  if (url.user.empty() && same_origin(url, parent)) {
    url.user = parent.user;
    url.password = parent.password;
  }
  return repository(std::move(url), directory + "/" + submodule.path, {.name = std::move(commit), .depth = depth});
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
  const GitRevision revision{.name = setting(source, "ref"), .depth = setting(source, "depth")};
  TRY(check_revision(revision.name));
  if (!revision.depth.empty() && parse_uint(revision.depth).value_or(0) == 0) {
    return err(ErrorCode::InvalidArgument, "depth \"{}\" is not a number of commits", printable(revision.depth, 40));
  }
  return GitFetch(context, source).run(revision);
}

}  // namespace drover::assets
