#include "client/templates/sandbox.h"

#include "base/strings.h"

#include <algorithm>

namespace drover::client {
namespace {

tl::unexpected<Error> outside(std::string_view path) {
  return err(ErrorCode::PermissionDenied, "\"{}\" is outside the task's directories", printable(path));
}

}  // namespace

Sandbox::Sandbox(const drivers::TaskDirs& dirs, const std::map<std::string, std::string>& env)
    : task_(dirs.task), alloc_(dirs.alloc), task_name_(dirs.task.substr(dirs.task.rfind('/') + 1)) {
  const auto add = [&](std::string prefix, SandboxPlace place) {
    if (prefix.starts_with('/') && prefix.size() > 1) names_.push_back({std::move(prefix), std::move(place)});
  };
  const auto visible = [&](const char* variable, const SandboxPlace& place) {
    if (const auto found = env.find(variable); found != env.end()) add(found->second, place);
  };
  visible("NOMAD_ALLOC_DIR", {alloc_, ""});
  visible("NOMAD_TASK_DIR", {task_, "local"});
  visible("NOMAD_SECRETS_DIR", {task_, "secrets"});
  add(alloc_, {alloc_, ""});
  add(task_, {task_, ""});
  // The longest name that fits is meant.
  std::ranges::sort(names_, std::ranges::greater(), [](const Name& name) { return name.prefix.size(); });
}

Result<SandboxPlace> Sandbox::resolve(std::string_view path) const {
  if (path.find('\0') != std::string_view::npos) return outside(path);
  if (!path.starts_with('/')) return beneath({task_, ""}, path, path);
  for (const Name& name : names_) {
    if (!path.starts_with(name.prefix)) continue;
    const std::string_view rest = path.substr(name.prefix.size());
    if (rest.empty() || rest[0] == '/') return beneath(name.place, rest, path);
  }
  return outside(path);
}

// Takes "." and ".." out; one ".." above the task's directory leads to its sibling, the shared one.
Result<SandboxPlace> Sandbox::beneath(const SandboxPlace& start, std::string_view rest, std::string_view path) const {
  std::vector<std::string> parts = {start.root == task_ ? task_name_ : "alloc"};
  for (const auto& text : {std::string_view(start.path), rest}) {
    for (std::string& part : split(text, '/')) {
      if (part.empty() || part == ".") continue;
      if (part != "..") {
        parts.push_back(std::move(part));
      } else if (parts.empty()) {
        return outside(path);
      } else {
        parts.pop_back();
      }
    }
  }
  if (parts.size() < 2 || (parts[0] != task_name_ && parts[0] != "alloc")) return outside(path);
  const std::string& root = parts[0] == task_name_ ? task_ : alloc_;
  parts.erase(parts.begin());
  return SandboxPlace{.root = root, .path = join(parts, "/")};
}

}  // namespace drover::client
