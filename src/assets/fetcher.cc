#include "assets/fetcher.h"

#include "assets/fetch.h"
#include "assets/helper.h"
#include "assets/install.h"
#include "assets/sandbox.h"
#include "assets/wire.h"
#include "base/log.h"
#include "sys/files.h"
#include "sys/os_error.h"
#include "sys/process.h"
#include "sys/supervisor.h"
#include "sys/users.h"

#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>

namespace drover::assets {
namespace {

// What the helper does after a timeout of its own: unpacking has as long as the download.
constexpr Duration kGrace = std::chrono::seconds(30);
constexpr size_t kReadSize = 1 << 16;
constexpr Duration kReapTimeout = std::chrono::seconds(5);

// A child that is killed, with all it started, unless it has ended.
class Helper {
 public:
  explicit Helper(sys::Process process) : process_(std::move(process)) {}
  ~Helper() {
    sys::kill_tree(process_.id);
    std::ignore = sys::wait(process_, kReapTimeout);
  }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

 private:
  sys::Process process_;
};

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
  Result<Fetched> follow(const sys::Fd& messages, Duration limit);
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
  TRY_LET(const sys::Fd order,
          sys::make_memory_file("artifact", encode({.request = request, .isolate = options->isolate})));
  TRY_LET(sys::Pipe messages, sys::make_pipe());
  sys::SpawnSpec spec{.executable = options->program,
                      .argv = {"drover-fetch", std::string(kHelperArgument)},
                      .env = options->environment,
                      .cwd = "/",
                      .stdin_fd = order.get(),
                      .stdout_fd = messages.write.get(),
                      .extra_fds = {work.fd().get()}};
  TRY_LET(sys::Process process, sys::spawn(spec));
  const Helper helper(std::move(process));
  messages.write.reset();
  const Duration timeout = timeout_of(source.getter, request.limits);
  return follow(messages.read, timeout + timeout + kGrace);
}

Result<Fetched> Fetcher::Job::follow(const sys::Fd& messages, Duration limit) {
  const SystemClock clock;
  const MonoTime deadline = clock.mono() + limit;
  std::string buffer;
  std::string chunk(kReadSize, '\0');
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock.mono()).count();
    if (left <= 0) return err(ErrorCode::DeadlineExceeded, "it took too long");
    std::array<pollfd, 2> ready = {{{messages.get(), POLLIN, 0}, {cancelled.get(), POLLIN, 0}}};
    const int count = ::poll(ready.data(), ready.size(), static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (count < 0 && errno != EINTR) return sys::os_err(errno, "wait for the download");
    if (ready[1].revents != 0) return err(ErrorCode::Cancelled, "the download was cancelled");
    if (count <= 0 || ready[0].revents == 0) continue;
    const ssize_t size = ::read(messages.get(), chunk.data(), chunk.size());
    if (size < 0) return sys::os_err(errno, "read from the fetching process");
    if (size == 0) return err(ErrorCode::Unavailable, "the fetching process died");
    buffer.append(chunk, 0, static_cast<size_t>(size));
    for (;;) {
      TRY_LET(const auto message, take_message(buffer));
      if (!message) break;
      if (const auto* fetched = std::get_if<Fetched>(&*message)) return *fetched;
      if (const auto* error = std::get_if<Error>(&*message)) return err(*error);
      loop.post("artifact progress", [self = shared_from_this(), now = std::get<Progress>(*message)] {
        self->progress = now;
        self->news.set();
      });
    }
  }
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
