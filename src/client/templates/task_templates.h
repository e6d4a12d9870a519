#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "client/hooks/task_hook.h"
#include "client/templates/template_file.h"
#include "client/templates/template_machine.h"
#include "net/loop.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace drover::client {

// What the templates of all tasks share; outlives them. Owner: the client's loop.
struct TemplateAgent {
  net::Loop& loop;
  net::BlockingPool& pool;
  const Clock& clock;
  Random& random;
  ServiceCatalog& services;
  std::string region;
};

// The templates of one task, for as long as the task is not dead: renders them, watches what they depend on, and tells
// the task of changes. Owner: the client's loop.
class TaskTemplates : public std::enable_shared_from_this<TaskTemplates> {
 public:
  using TaskState = TemplateMachine::TaskState;

  TaskTemplates(TemplateAgent agent, std::shared_ptr<TaskHookContext> context, TaskState task);
  ~TaskTemplates();
  TaskTemplates(const TaskTemplates&) = delete;
  TaskTemplates& operator=(const TaskTemplates&) = delete;

  // Once, after construction.
  void begin();
  void stop();

  // Before each start of the task: returns when all files are there, and adds the variables of env templates to the
  // context's. The context is the one to be told of changes from now on.
  net::Task<Status> prepare(std::shared_ptr<TaskHookContext> context);
  void task_runs();

  bool failed() const { return failure_.has_value(); }

 private:
  using Files = std::vector<std::shared_ptr<const TemplateFile>>;

  static net::Task<void> run(std::shared_ptr<TaskTemplates> self);
  net::Task<Status> read_all();
  net::Task<Status> render_due();
  net::Task<void> tell(TemplateChange change);
  net::Task<Status> run_script(size_t index);
  net::Task<void> wait();
  net::Task<void> look_at_files();

  // `seen`: the services that it was rendered with.
  Status take(size_t index, FileRendering rendering, const ServiceAnswers& seen);
  std::set<rpc::ServiceQuery> queries() const;
  void fail(const Error& error);
  double chance();

  TemplateAgent agent_;
  std::shared_ptr<TaskHookContext> context_;
  const std::vector<model::Template> blocks_;
  const std::shared_ptr<const TemplateWorld> world_;
  const uint64_t disk_bytes_;
  TemplateMachine machine_;
  Files files_;
  std::vector<std::map<std::string, std::string>> env_;  // by template
  std::vector<uint64_t> bytes_;                          // by template
  std::vector<FileStamps> stamps_;                       // by template
  ServiceCatalog::Subscriber subscriber_ = 0;
  std::optional<Error> failure_;
  bool adopted_;  // the task ran before this object did, and not all of its templates have been rendered since
  bool stopped_ = false;
  size_t preparing_ = 0;
  net::Notifier progress_;
  net::Event wake_;
  net::Spawned running_;
};

}  // namespace drover::client
