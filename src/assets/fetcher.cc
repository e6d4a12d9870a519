#include "assets/fetcher.h"

#include "assets/fetch.h"
#include "assets/helper.h"
#include "assets/helper_process.h"
#include "assets/install.h"
#include "assets/sandbox.h"
#include "assets/wire.h"
#include "base/log.h"
#include "sys/files.h"
#include "sys/users.h"

namespace drover::assets {
namespace {

// Removed at the end, whatever happens.
class WorkDirectory {
 public:
  static Result<std::unique_ptr<WorkDirectory>> create(const std::string& path) {
    const size_t slash = path.rfind('/');
    TRY_LET(auto parent, sys::Directory::open(path.substr(0, slash), "the working directory's parent"));
    const std::string name = path.substr(slash + 1);
    TRY(parent.remove_tree(name));  // of an agent that died
    TRY(parent.make_directories(name, 0700));
    if (sys::running_as_root()) {
      const Unprivileged user = unprivileged_user();
      TRY(parent.set_owner(name, {.uid = user.uid, .gid = user.gid}));
    }
    TRY_LET(auto directory, parent.open_directory(name, sys::Symlinks::Refuse));
    return std::unique_ptr<WorkDirectory>(new WorkDirectory(std::move(parent), name, std::move(directory)));
  }
  ~WorkDirectory() {
    const auto removed = parent_.remove_tree(name_);
    if (!removed) log::warn("a download's directory is left", {{"path", name_}, {"error", removed.error().message()}});
  }
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;

  const sys::Directory& directory() const { return directory_; }

 private:
  WorkDirectory(sys::Directory parent, std::string name, sys::Directory directory)
      : parent_(std::move(parent)), name_(std::move(name)), directory_(std::move(directory)) {}

  sys::Directory parent_;
  std::string name_;
  sys::Directory directory_;
};

}  // namespace

// One download, from the loop's thread and from the pool's that looks after the helper.
struct Fetcher::Job : std::enable_shared_from_this<Job> {
  // Constant once the pool has it.
  net::Loop& loop;
  FetchRequest request;
  FetchPlace place;
  std::shared_ptr<const FetcherOptions> options;
  sys::Fd cancelled;  // at its end once `cancel` is closed

  // Of the loop's thread.
  sys::Fd cancel;
  net::Event news;
  Progress progress;
  std::optional<Status> result;

  explicit Job(net::Loop& of) : loop(of) {}
  Status carry_out();
  Result<Fetched> run_helper(const sys::Directory& work);
};

Status Fetcher::Job::carry_out() {
  TRY_LET(const bool no_longer_wanted, sys::wait_readable(cancelled, Duration(0)));
  if (no_longer_wanted) return err(ErrorCode::Cancelled, "the download was cancelled");
  TRY_LET(const auto work, WorkDirectory::create(place.work));
  TRY_LET(const Fetched fetched, run_helper(work->directory()));
  TRY_LET(const auto root, sys::Directory::open(place.root, place.root_label));
  return install(work->directory(), fetched, request.mode, root, place.destination, place.owner);
}

Result<Fetched> Fetcher::Job::run_helper(const sys::Directory& work) {
  TRY_LET(const Source source, parse_source(request.source, request.options));
  const Duration timeout = timeout_of(source.getter, request.limits);
  const auto on_progress = [this](const Progress& now) {
    loop.post("artifact progress", [self = shared_from_this(), now] {
      self->progress = now;
      self->news.set();
    });
  };
  // Unpacking has as long as the download.
  return run_helper_process({.program = options->program,
                             .argument = std::string(kHelperArgument),
                             .environment = options->environment,
                             .order = encode({.request = request, .isolate = options->isolate}),
                             .work = work.fd().get(),
                             .cancelled = cancelled,
                             .limit = timeout + timeout,
                             .on_progress = on_progress});
}

Fetcher::Fetcher(net::Loop& loop, FetcherOptions options)
    : loop_(loop),
      options_(std::make_shared<const FetcherOptions>(std::move(options))),
      pool_("artifacts", options_->concurrency),
      jobs_(std::make_shared<std::set<std::shared_ptr<Job>>>()) {}

Fetcher::~Fetcher() {
  for (const auto& job : *jobs_) job->cancel.reset();
  pool_.stop();
}

net::Task<void> Fetcher::run(net::BlockingPool& pool, std::shared_ptr<Job> job) {
  job->result = co_await net::run_blocking(pool, [job] { return job->carry_out(); });
  job->news.set();
}

net::Task<Status> Fetcher::fetch(FetchRequest request, FetchPlace place,
                                 std::function<void(const Progress&)> on_progress) {
  auto job = std::make_shared<Job>(loop_);
  job->request = std::move(request);
  job->place = std::move(place);
  job->options = options_;
  CO_TRY_LET(sys::Pipe pipe, sys::make_pipe());
  job->cancelled = std::move(pipe.read);
  job->cancel = std::move(pipe.write);
  // Unwound by cancellation, this tells the thread to stop.
  const auto forget = [jobs = jobs_, job](Job*) {
    job->cancel.reset();
    jobs->erase(job);
  };
  const std::unique_ptr<Job, decltype(forget)> guard(job.get(), forget);
  jobs_->insert(job);
  loop_.spawn("artifact", run(pool_, job));
  while (!job->result) {
    co_await job->news.wait();
    if (!job->result) on_progress(job->progress);
  }
  co_return *job->result;
}

}  // namespace drover::assets
