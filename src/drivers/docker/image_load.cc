#include "drivers/docker/image_load.h"

#include "base/log.h"
#include "base/strings.h"
#include "drivers/docker/pull_progress.h"
#include "drivers/docker/upload.h"
#include "sys/directory.h"

#include <chrono>
#include <map>
#include <utility>

namespace drover::drivers {
namespace {

constexpr auto kIdle = std::chrono::minutes(2);

using Tags = std::map<std::string, std::string>;  // "redis:7" → the image's id.

Result<sys::Fd> open_archive(const std::string& archive, const std::string& task_dir) {
  TRY_LET(const auto directory, sys::Directory::open(task_dir, "task directory"));
  auto file = directory.open_file("local/" + archive);
  if (file || file.error().code() != ErrorCode::NotFound) return file;
  return directory.open_file(archive);
}

net::Task<Result<Tags>> all_tags(std::shared_ptr<const DockerApi> api) {
  CO_TRY_LET(const auto images, co_await api->get("/images/json"));
  Tags tags;
  if (!images.as_array()) co_return tags;
  for (const auto& image : *images.as_array()) {
    const auto* names = image.find("RepoTags");
    if (!names || !names->as_array()) continue;
    for (const auto& name : *names->as_array()) {
      if (name.as_string() && *name.as_string() != "<none>:<none>") tags[*name.as_string()] = text_at(image, "Id");
    }
  }
  co_return tags;
}

net::Task<Status> restore_tag(std::shared_ptr<const DockerApi> api, std::string name, std::string id) {
  const size_t colon = name.rfind(':');
  const auto tagged = co_await api->post("/images/" + id + "/tag?repo=" + net::url_encode(name.substr(0, colon)) +
                                         "&tag=" + net::url_encode(name.substr(colon + 1)));
  if (!tagged) co_return err(tagged.error());
  co_return Ok{};
}

// Undoes what an archive did to names other than `wanted`.
net::Task<Status> restore_tags(std::shared_ptr<const DockerApi> api, Tags before, std::string wanted) {
  CO_TRY_LET(const auto after, co_await all_tags(api));
  for (const auto& [name, id] : after) {
    const auto old = before.find(name);
    if (name == wanted || (old != before.end() && old->second == id)) continue;
    log::warn("a docker archive has another image than the task's: its name is taken away", {{"image", name}});
    if (old != before.end()) {
      CO_TRY(co_await restore_tag(api, name, old->second));
    } else {
      CO_TRY(co_await api->remove("/images/" + name + "?noprune=1"));
    }
  }
  co_return Ok{};
}

Status check_answer(const UploadAnswer& answer) {
  PullProgress progress;
  // What the daemon says of an archive that it cannot read.
  if (const auto fed = progress.feed(answer.body + "\n"); !fed) {
    return err(ErrorCode::InvalidArgument, "{}", fed.error().message());
  }
  if (answer.status < 300) return Ok{};
  return err(ErrorCode::InvalidArgument, "docker answered with status {}: {}", answer.status,
             printable(trim(answer.body), 500));
}

}  // namespace

net::Task<Status> load_image(DriverContext context, std::shared_ptr<const DockerApi> api, ImageRef ref,
                             std::string archive, std::string task_dir) {
  const std::string what = fmt::format("load \"{}\"", printable(archive));
  CO_TRY_LET(auto before, co_await all_tags(api));
  const auto work = [&]() -> Status {
    TRY_LET(const auto file, open_archive(archive, task_dir));
    TRY_LET(const auto answer, upload_file(api->endpoint(), "/images/load?quiet=1", file, kIdle));
    return check_answer(answer);
  };
  const auto loaded = co_await net::run_blocking(context.pool, work);
  // Also after a failure, which may come with half of the images there.
  CO_TRY(co_await restore_tags(api, std::move(before), ref.str()));
  if (!loaded) {
    co_return err(loaded.error().context(what));
  }
  const auto found = co_await api->get("/images/" + ref.str() + "/json");
  if (!found && found.error().code() == ErrorCode::NotFound) {
    co_return err(ErrorCode::NotFound, "{}: the archive has no image {}", what, ref.str());
  }
  if (!found) co_return err(found.error());
  co_return Ok{};
}

}  // namespace drover::drivers
