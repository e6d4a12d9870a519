#include "drivers/docker/image_load.h"

#include "base/log.h"
#include "base/strings.h"
#include "drivers/docker/pull_progress.h"
#include "sys/directory.h"
#include "sys/os_error.h"
#include "sys/read_at.h"

#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <utility>

namespace drover::drivers {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

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

// A file in pieces, exactly `size` bytes.
class FileBody final : public net::BodyStream {
 public:
  FileBody(net::BlockingPool& pool, sys::Fd file, uint64_t size)
      : pool_(pool), file_(std::make_shared<sys::Fd>(std::move(file))), size_(size) {}

  net::Task<Result<std::optional<std::string>>> next() override {
    if (at_ == size_) co_return std::optional<std::string>();
    const auto read = [file = file_, at = at_, wanted = std::min<uint64_t>(kPieceBytes, size_ - at_)] {
      return sys::read_at(*file, at, wanted);
    };
    CO_TRY_LET(std::string piece, co_await net::run_blocking(pool_, read));
    if (piece.empty()) co_return err(ErrorCode::InvalidArgument, "the archive became shorter while it was read");
    at_ += piece.size();
    co_return std::optional(std::move(piece));
  }

 private:
  net::BlockingPool& pool_;
  const std::shared_ptr<const sys::Fd> file_;
  const uint64_t size_;
  uint64_t at_ = 0;
};

net::Task<Status> send_archive(DriverContext context, std::shared_ptr<const DockerApi> api, sys::Fd file,
                               Duration patience) {
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) co_return sys::os_err(errno, "read the archive");
  if (info.st_size == 0) co_return err(ErrorCode::InvalidArgument, "the archive is empty");
  const auto size = static_cast<uint64_t>(info.st_size);
  net::HttpClientRequest request{.method = "POST", .target = "/images/load?quiet=0"};
  request.headers.set("Content-Type", "application/x-tar");
  request.headers.set("Content-Length", std::to_string(size));
  request.body_stream = std::make_shared<FileBody>(context.pool, std::move(file), size);
  CO_TRY_LET(auto stream, co_await api->open(std::move(request), {.response = patience, .idle = patience}));
  PullProgress progress;
  for (;;) {
    CO_TRY_LET(const auto chunk, co_await stream.read_chunk());
    const auto fed = progress.feed(chunk.value_or("\n"));
    // What the daemon says of an archive that it cannot read.
    if (!fed) co_return err(ErrorCode::InvalidArgument, "{}", fed.error().message());
    if (!chunk) break;
  }
  co_return Ok{};
}

}  // namespace

net::Task<Status> load_image(DriverContext context, std::shared_ptr<const DockerApi> api, ImageRef ref,
                             std::string archive, std::string task_dir, Duration patience) {
  const std::string what = fmt::format("load \"{}\"", printable(archive));
  CO_TRY_LET(auto before, co_await all_tags(api));
  const auto open = [archive, task_dir] { return open_archive(archive, task_dir); };
  auto file = co_await net::run_blocking(context.pool, open);
  if (!file) co_return err(file.error().context(what));
  const auto loaded = co_await send_archive(context, api, std::move(*file), patience);
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
