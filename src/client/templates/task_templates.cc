#include "client/templates/task_templates.h"

#include "base/log.h"
#include "base/strings.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace drover::client {
namespace {

constexpr Duration kFileInterval = std::chrono::seconds(2);
constexpr uint64_t kBytesPerMb = uint64_t{1} << 20;

std::vector<TemplateRule> rules_of(const std::vector<model::Template>& blocks) {
  std::vector<TemplateRule> rules;
  for (const auto& block : blocks) rules.push_back(rule_of(block));
  return rules;
}

uint64_t disk_of(const TaskHookContext& context) {
  const auto* group = context.job->find_group(context.alloc->task_group);
  const int64_t megabytes = group ? group->ephemeral_disk.size_mb : 0;
  return static_cast<uint64_t>(std::max<int64_t>(1, megabytes)) * kBytesPerMb;
}

std::shared_ptr<const TemplateWorld> world_of(const TaskHookContext& context, const std::string& region) {
  return std::make_shared<const TemplateWorld>(TemplateWorld{
      .env = *context.env, .sandbox = Sandbox(context.dirs, *context.env), .ns = context.job->ns, .region = region});
}

// Keeps a counter up while it lives, also when its task is cancelled.
class Counted {
 public:
  explicit Counted(size_t& counter) : counter_(counter) { ++counter_; }
  ~Counted() { --counter_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  size_t& counter_;
};

}  // namespace

TaskTemplates::TaskTemplates(TemplateAgent agent, std::shared_ptr<TaskHookContext> context, TaskState task)
    : agent_(std::move(agent)),
      context_(std::move(context)),
      blocks_(context_->task.templates),
      world_(world_of(*context_, agent_.region)),
      disk_bytes_(disk_of(*context_)),
      machine_(rules_of(blocks_), task, agent_.clock.mono()),
      env_(blocks_.size()),
      bytes_(blocks_.size()),
      stamps_(blocks_.size()),
      adopted_(task == TaskState::Running) {}

TaskTemplates::~TaskTemplates() {
  stop();
}

void TaskTemplates::begin() {
  subscriber_ = agent_.services.subscribe([weak = weak_from_this()](const rpc::ServiceQuery& news) {
    const auto self = weak.lock();
    if (!self) return;
    const auto asks = [&](const auto& dependency) { return service_query_of(dependency, *self->world_) == news; };
    self->machine_.touch(asks, self->agent_.clock.mono());
    self->wake_.set();
  });
  running_ = agent_.loop.spawn("templates", run(shared_from_this()));
}

void TaskTemplates::stop() {
  if (std::exchange(stopped_, true)) return;
  running_.cancel();
  agent_.services.unsubscribe(subscriber_);
  progress_.notify();
}

void TaskTemplates::task_runs() {
  machine_.running();
  wake_.set();
}

net::Task<Status> TaskTemplates::prepare(std::shared_ptr<TaskHookContext> context) {
  const auto self = shared_from_this();
  context_ = std::move(context);
  machine_.preparing();
  const Counted preparing(preparing_);
  while (!failure_ && !stopped_ && !machine_.ready()) {
    const uint64_t seen = progress_.version();
    co_await progress_.wait(seen, net::kNoTimeout);
  }
  if (failure_) co_return err(*failure_);
  if (stopped_) co_return err(ErrorCode::Cancelled, "the task's templates are not looked after any more");
  for (const auto& variables : env_) {
    for (const auto& [name, value] : variables) (*context_->env)[name] = value;
  }
  co_return Ok{};
}

net::Task<void> TaskTemplates::run(std::shared_ptr<TaskTemplates> self) {
  const auto read = co_await self->read_all();
  if (self->stopped_) co_return;
  if (!read) {
    self->fail(read.error());
    co_return;
  }
  while (!self->stopped_) {
    const auto rendered = co_await self->render_due();
    if (self->stopped_) co_return;
    if (!rendered) {
      self->fail(rendered.error());
      co_return;
    }
    if (self->machine_.ready()) self->adopted_ = false;
    self->progress_.notify();
    const MonoTime now = self->agent_.clock.mono();
    if (const auto missing = self->machine_.take_missing(now)) self->context_->emit_event("Template", *missing);
    if (auto change = self->machine_.take_change(now)) co_await self->tell(std::move(*change));
    co_await self->wait();
  }
}

net::Task<Status> TaskTemplates::read_all() {
  const auto work = [blocks = blocks_, world = world_, interpolate = context_->interpolate,
                     disk = disk_bytes_]() -> Result<Files> {
    Files files;
    for (const auto& block : blocks) {
      TRY_LET(auto file, read_template(block, *world, interpolate, disk));
      files.push_back(std::make_shared<const TemplateFile>(std::move(file)));
    }
    return files;
  };
  CO_TRY_LET(files_, co_await net::run_blocking(agent_.pool, work));
  co_return Ok{};
}

net::Task<Status> TaskTemplates::render_due() {
  while (const auto index = machine_.next_render(agent_.clock.mono())) {
    const ServiceAnswers answers = agent_.services.answers(queries());
    const auto work = [file = files_[*index], world = world_, answers, &clock = agent_.clock] {
      TemplateSources sources(world, answers);
      return render_file(*file, sources, clock);
    };
    auto rendering = co_await net::run_blocking(agent_.pool, work);
    if (stopped_) co_return Ok{};
    CO_TRY(take(*index, std::move(rendering), answers));
  }
  co_return Ok{};
}

Status TaskTemplates::take(size_t index, FileRendering rendering, const ServiceAnswers& seen) {
  if (rendering.error) return err(*rendering.error);
  if (rendering.outcome.ready) {
    bytes_[index] = rendering.bytes;
    env_[index] = std::move(rendering.env);
    uint64_t all = 0;
    for (const uint64_t bytes : bytes_) all += bytes;
    if (all > disk_bytes_) {
      return err(ErrorCode::ResourceExhausted, "the files of all templates are larger than the group's disk of {} MB",
                 disk_bytes_ / kBytesPerMb);
    }
  }
  stamps_[index] = std::move(rendering.stamps);
  machine_.rendered(index, std::move(rendering.outcome), agent_.clock.mono(), chance());
  const auto wanted = queries();
  agent_.services.want(subscriber_, wanted);
  // What became known while it was rendered, or was known already because somebody else on this node had asked.
  const ServiceAnswers now = agent_.services.answers(wanted);
  const auto is_news = [&](const auto& dependency) {
    const auto query = service_query_of(dependency, *world_);
    const auto is = query ? now.find(*query) : now.end();
    if (is == now.end()) return false;
    const auto was = seen.find(*query);
    return was == seen.end() || was->second != is->second;
  };
  machine_.touch(is_news, agent_.clock.mono());
  return Ok{};
}

std::set<rpc::ServiceQuery> TaskTemplates::queries() const {
  std::set<rpc::ServiceQuery> out;
  for (const auto& dependency : machine_.watched()) {
    if (auto query = service_query_of(dependency, *world_)) out.insert(std::move(*query));
  }
  return out;
}

// Returns when there may be something to do.
net::Task<void> TaskTemplates::wait() {
  Duration patience = net::kNoTimeout;
  if (const auto at = machine_.wake_at()) {
    patience = std::max<Duration>(*at - agent_.clock.mono(), std::chrono::milliseconds(1));
  }
  const auto watched = machine_.watched();
  const bool files = std::ranges::any_of(
      watched, [](const auto& dependency) { return dependency.kind == gotmpl::Dependency::Kind::File; });
  const bool woken = co_await wake_.wait(files ? std::min(patience, kFileInterval) : patience);
  if (files && !woken) co_await look_at_files();
}

net::Task<void> TaskTemplates::look_at_files() {
  const auto work = [stamps = stamps_, world = world_] {
    std::set<std::string> changed;
    for (const auto& of_template : stamps) {
      for (const auto& [path, stamp] : of_template) {
        if (stamp_of(world->sandbox, path) != stamp) changed.insert(path);
      }
    }
    return changed;
  };
  const auto changed = co_await net::run_blocking(agent_.pool, work);
  if (changed.empty()) co_return;
  const auto is_changed = [&](const auto& dependency) {
    return dependency.kind == gotmpl::Dependency::Kind::File && changed.contains(dependency.args.at(0));
  };
  machine_.touch(is_changed, agent_.clock.mono());
}

// A task that has ended meanwhile needs nothing: it will find the new files when it starts again.
net::Task<void> TaskTemplates::tell(TemplateChange change) {
  const auto context = context_;
  if (!context->is_running()) co_return;
  if (change.restart) {
    context->restart_task("Template with change_mode restart re-rendered");
    co_return;
  }
  for (const auto& signal : change.signals) {
    const auto sent = co_await context->signal_task(signal, "Template re-rendered");
    if (sent || !context->is_running()) continue;
    context->fail_task("Template failed to send signal " + signal + ": " + sent.error().message());
    co_return;
  }
  for (const size_t index : change.scripts) {
    const auto ran = co_await run_script(index);
    if (ran) continue;
    context->emit_event("Task hook message", ran.error().message());
    if (!blocks_[index].change_script->fail_on_error || !context->is_running()) continue;
    context->fail_task("Template script failed, task is being killed");
    co_return;
  }
}

net::Task<Status> TaskTemplates::run_script(size_t index) {
  const auto context = context_;
  const auto& script = *blocks_[index].change_script;
  drivers::ExecRequest request{.argv = {script.command}, .timeout = script.timeout};
  request.argv.insert(request.argv.end(), script.args.begin(), script.args.end());
  const auto ran = co_await context->exec(std::move(request));
  if (!ran) co_return err(ran.error().context("Template failed to run script " + printable(script.command)));
  if (ran->exit_code != 0) {
    co_return err(ErrorCode::Internal, "Template ran script {} on change but it exited with code: {}",
                  printable(script.command), ran->exit_code);
  }
  context->emit_event("Task hook message",
                      "Template successfully ran script " + printable(script.command) + ". Exit code: 0");
  co_return Ok{};
}

// A task that was found running is left so when its templates cannot even be rendered once: nothing has changed for it.
void TaskTemplates::fail(const Error& error) {
  log::info("a template failed", {{"alloc", context_->alloc->id.str()}, {"task", context_->task.name}});
  failure_ = error.context("Template failed");
  progress_.notify();
  agent_.services.want(subscriber_, {});
  if (preparing_ > 0) return;
  if (adopted_) {
    context_->emit_event("Template", failure_->message() + "; the task goes on with the files that it has");
  } else {
    context_->fail_task(failure_->message());
  }
}

double TaskTemplates::chance() {
  return static_cast<double>(agent_.random.next() >> 11) * 0x1.0p-53;
}

}  // namespace drover::client
