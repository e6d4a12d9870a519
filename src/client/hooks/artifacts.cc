#include "client/hooks/artifacts.h"

#include "assets/checksum.h"
#include "assets/progress_text.h"
#include "assets/source.h"
#include "base/strings.h"
#include "sys/files.h"
#include "sys/users.h"

#include <algorithm>
#include <set>

namespace drover::client {
namespace {

constexpr const char* kDownloading = "Downloading Artifacts";
// Progress is told after 10 s, and then at twice the time before: a task keeps its last ten events only.
constexpr Duration kFirstReport = std::chrono::seconds(10);

struct PlannedArtifact {
  assets::FetchRequest request;
  assets::FetchPlace place;
  std::string id;  // stands in the record once it has come
};

std::string record_path(const TaskHookContext& context) {
  return context.dirs.state + "/artifacts";
}

std::string identity(const assets::FetchRequest& request, const ArtifactDestination& destination) {
  std::string text = request.source + '\0' + destination.root + '\0' + destination.path + '\0';
  for (const auto* values : {&request.options, &request.headers}) {
    for (const auto& [name, value] : *values) text += name + '\0' + value + '\0';
    text += '\0';
  }
  text += static_cast<char>('0' + static_cast<int>(request.mode));
  return assets::sha256(text);
}

// What asks for another user than the agent's, whom this node must know.
Result<std::optional<sys::Owner>> owner_of(const TaskHookContext& context, const model::Artifact& artifact) {
  if (!artifact.chown || context.task.user.empty() || !sys::running_as_root()) return std::optional<sys::Owner>();
  TRY_LET(const auto user, sys::find_user(context.interpolate(context.task.user)));
  return std::optional(sys::Owner{.uid = user.uid, .gid = user.gid});
}

Result<PlannedArtifact> plan(const TaskHookContext& context, const model::Artifact& artifact,
                             const assets::FetchLimits& limits) {
  PlannedArtifact planned;
  assets::FetchRequest& request = planned.request;
  request.source = context.interpolate(artifact.source);
  for (const auto& [name, value] : artifact.options) request.options[name] = context.interpolate(value);
  for (const auto& [name, value] : artifact.headers) request.headers[name] = context.interpolate(value);
  TRY_LET(request.mode, assets::parse_mode(artifact.mode));
  request.insecure = artifact.insecure;
  request.limits = limits;
  for (const auto& [name, value] : request.headers) {
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return err(ErrorCode::InvalidArgument, "header \"{}\" holds a line break", printable(name, 80));
    }
  }
  TRY(assets::parse_source(request.source, request.options));
  TRY_LET(const auto destination,
          resolve_artifact_destination(context.dirs, context.interpolate(artifact.destination)));
  TRY_LET(planned.place.owner, owner_of(context, artifact));
  const std::string& task = context.dirs.task;
  planned.place.work = task.substr(0, task.rfind('/')) + "/.fetch." + context.task.name;
  planned.place.root = destination.root;
  planned.place.root_label = "allocation directory";
  planned.place.destination = destination.path;
  planned.id = identity(request, destination);
  return planned;
}

// Why this artifact failed, as Nomad says it. What a download met may be over at the next try; a bad definition is not.
Error failure(const std::string& source, const Error& error, ErrorCode code) {
  return {code, fmt::format("failed to download artifact \"{}\": {}", assets::redact_url(source), error.message())};
}

std::set<std::string> read_record(const std::string& path) {
  const auto text = sys::read_file(path);
  if (!text) return {};
  const auto lines = split(*text, '\n');
  return {lines.begin(), lines.end()};
}

bool is_beneath(std::string_view path, std::string_view directory) {
  return !directory.empty() && path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace

Result<ArtifactDestination> resolve_artifact_destination(const drivers::TaskDirs& dirs, std::string_view destination) {
  ArtifactDestination out{.root = dirs.task};
  std::string_view rest = destination;
  if (is_beneath(rest, dirs.alloc)) {
    out.root = dirs.alloc;
    rest.remove_prefix(dirs.alloc.size());
  } else if (is_beneath(rest, dirs.task)) {
    rest.remove_prefix(dirs.task.size());
  } else if (is_beneath(rest, "/alloc")) {
    out.root = dirs.alloc;
    rest.remove_prefix(std::string_view("/alloc").size());
  }
  const auto escapes = [&] {
    return err(ErrorCode::PermissionDenied, "artifact destination path \"{}\" escapes the alloc directory",
               printable(destination));
  };
  std::vector<std::string> path;
  bool above = false;  // in the allocation's directory, of which only these two are for artifacts
  for (const std::string& part : split(rest, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (above) return escapes();
      above = path.empty();
      if (!path.empty()) path.pop_back();
    } else if (above) {
      const std::string task = dirs.task.substr(dirs.task.rfind('/') + 1);
      if (part != "alloc" && part != task) return escapes();
      out.root = part == "alloc" ? dirs.alloc : dirs.task;
      above = false;
    } else {
      path.push_back(part);
    }
  }
  if (above || destination.find('\0') != std::string_view::npos) return escapes();
  out.path = join(path, "/");
  if (destination.ends_with('/') && !out.path.empty()) out.path += '/';
  return out;
}

ArtifactsHook::ArtifactsHook(net::Loop& loop, net::BlockingPool& pool, const Clock& clock, ArtifactsOptions options)
    : pool_(pool), clock_(clock), limits_(options.limits), fetcher_(loop, std::move(options.fetcher)) {}

net::Task<Status> ArtifactsHook::prestart(std::shared_ptr<TaskHookContext> context) {
  std::vector<PlannedArtifact> missing;
  const std::string record = record_path(*context);
  const auto done = co_await net::run_blocking(pool_, [record] { return read_record(record); });
  for (const model::Artifact& artifact : context->task.artifacts) {
    auto planned = plan(*context, artifact, limits_);
    if (!planned) {
      const auto source = context->interpolate(artifact.source);
      co_return err(failure(source, planned.error(), ErrorCode::InvalidArgument));
    }
    if (!done.contains(planned->id)) missing.push_back(std::move(*planned));
  }
  if (missing.empty()) co_return Ok{};
  context->emit_event(kDownloading, "Client is downloading artifacts");
  for (const PlannedArtifact& artifact : missing) {
    const auto fetched = co_await fetch(context, artifact.request, artifact.place);
    if (!fetched) co_return err(failure(artifact.request.source, fetched.error(), ErrorCode::Unavailable));
    const auto note = [record, state = context->dirs.state, id = artifact.id]() -> Status {
      TRY(sys::Directory::create(state, 0700, "state directory"));
      return sys::append_file(record, id + "\n", 0600);
    };
    const auto noted = co_await net::run_blocking(pool_, note);
    if (!noted) co_return err(noted.error().context("noting the artifacts that have come"));
  }
  co_return Ok{};
}

net::Task<Status> ArtifactsHook::fetch(std::shared_ptr<TaskHookContext> context, assets::FetchRequest request,
                                       assets::FetchPlace place) {
  struct Report {
    MonoTime next;
    Duration pause = kFirstReport;
  };
  const auto report = std::make_shared<Report>(Report{.next = clock_.mono() + kFirstReport});
  const auto on_progress = [this, context, report, request](const assets::Progress& progress) {
    if (clock_.mono() < report->next) return;
    report->pause *= 2;
    report->next = clock_.mono() + report->pause;
    context->emit_event(kDownloading, assets::progress_text(assets::redact_url(request.source), progress));
  };
  co_return co_await fetcher_.fetch(request, std::move(place), on_progress);
}

}  // namespace drover::client
