#include "drivers/docker/image_store.h"

#include "base/log.h"
#include "base/strings.h"
#include "codec/json.h"
#include "drivers/docker/image_load.h"
#include "drivers/docker/pull_progress.h"
#include "drivers/docker/registry_auth.h"
#include "sys/files.h"

#include <optional>
#include <utility>

namespace drover::drivers {
namespace {

constexpr auto kReportEvery = std::chrono::seconds(10);
// Podman says nothing while it unpacks an archive: so many times longer than a pull may be silent.
constexpr int kLoadFactor = 5;

bool has_any(std::string_view text, std::initializer_list<std::string_view> needles) {
  for (const auto needle : needles) {
    if (text.find(needle) != std::string_view::npos) return true;
  }
  return false;
}

// The daemon reports all failures of a pull as text.
Error pull_error(const ImageRef& ref, const Error& cause) {
  const std::string text = to_lower(cause.message());
  ErrorCode code = cause.code() == ErrorCode::DeadlineExceeded ? cause.code() : ErrorCode::Unavailable;
  if (has_any(text, {"manifest unknown", "not found", "does not exist", "no matching manifest", "name unknown"})) {
    code = ErrorCode::NotFound;
  } else if (has_any(text, {"unauthorized", "authentication required", "denied", "no basic auth"})) {
    code = ErrorCode::PermissionDenied;
  } else if (has_any(text, {"no space left"})) {
    code = ErrorCode::ResourceExhausted;
  }
  return {code, fmt::format("cannot pull image {}: {}", ref.str(), cause.message())};
}

}  // namespace

struct ImageStore::Pull {
  ImageRef ref;
  std::string auth;  // X-Registry-Auth; a secret.
  Duration timeout;
  PullProgress progress;
  net::Notifier changed;
  std::optional<Status> result;
};

ImageStore::ImageStore(DriverContext context, std::shared_ptr<const DockerApi> api, DockerOptions options)
    : context_(context), api_(std::move(api)), options_(std::move(options)) {}

ImageUse::~ImageUse() {
  if (const auto store = store_.lock()) store->release(image_);
}

bool ImageUse::pulled() const {
  const auto store = store_.lock();
  const auto found = store ? store->usage_.find(image_) : decltype(store->usage_.find(image_)){};
  return store && found != store->usage_.end() && found->second.pulled;
}

std::unique_ptr<ImageUse> ImageStore::use(std::string image, bool pulled) {
  auto& usage = usage_[image];
  usage.tasks++;
  usage.pulled = usage.pulled || pulled;
  usage.removal.cancel();
  return std::make_unique<ImageUse>(weak_from_this(), std::move(image));
}

net::Task<Result<std::string>> ImageStore::find(ImageRef ref) {
  CO_TRY_LET(const auto found, co_await api_->get("/images/" + ref.str() + "/json"));
  co_return text_at(found, "Id");
}

// "": none.
net::Task<Result<std::string>> ImageStore::registry_auth(ImageRequest request) {
  if (!request.auth.username.empty()) co_return encode_auth({.auth = request.auth}, request.ref);
  if (options_.auth_config.empty() && options_.auth_helper.empty()) co_return std::string();
  const auto look = [this, registry = request.ref.registry] { return node_credentials(options_, registry); };
  const auto found = co_await net::run_blocking(context_.pool, look);
  if (found) co_return encode_auth(*found, request.ref);
  if (found.error().code() == ErrorCode::NotFound) co_return std::string();
  if (!request.auth_soft_fail) co_return err(found.error());
  log::warn("docker image is pulled without credentials", {{"reason", found.error().message()}});
  co_return std::string();
}

net::Task<Status> ImageStore::ensure(ImageRequest request, EventSink events) {
  const std::string image = request.ref.str();
  const auto before = co_await find(request.ref);
  if (!before && before.error().code() != ErrorCode::NotFound) co_return err(before.error());
  if (before && !request.always()) co_return Ok{};
  const auto fetched = co_await fetch(request, events);
  if (!fetched && (!before || request.force_pull)) co_return fetched;
  if (!fetched) {
    events({.message = "Using the image that is there: " + fetched.error().message(), .details = {{"image", image}}});
  }
  // One that was there before is somebody else's.
  if (!before) {
    usage_[image].pulled = true;
    remember(image);
  }
  co_return Ok{};
}

net::Task<Status> ImageStore::keep(std::vector<ImageRef> refs) {
  const auto self = shared_from_this();
  std::vector<std::unique_ptr<ImageUse>> uses;
  for (const ImageRef& ref : refs) uses.push_back(use(ref));
  kept_ = std::move(uses);
  for (const ImageRef& ref : refs) CO_TRY(co_await ensure({.ref = ref}, [](DriverEvent) {}));
  co_return Ok{};
}

net::Task<Status> ImageStore::fetch(ImageRequest request, EventSink events) {
  if (!request.load.empty()) {
    events({.message = "Loading image", .details = {{"image", request.ref.str()}, {"archive", request.load}}});
    co_return co_await load_image(context_, api_, request.ref, request.load, request.task_dir,
                                  kLoadFactor * options_.pull_activity_timeout);
  }
  CO_TRY_LET(auto auth, co_await registry_auth(request));
  const std::string key = request.ref.str() + "\n" + auth;
  auto& slot = pulls_[key];
  if (!slot) {
    slot.reset(new Pull{.ref = request.ref, .auth = std::move(auth), .timeout = request.pull_timeout});
    context_.loop.spawn("docker pull", run_pull(shared_from_this(), key, slot));
  }
  const auto pull = slot;
  events({.message = "Downloading image", .details = {{"image", request.ref.str()}}});
  while (!pull->result) {
    const bool changed = co_await pull->changed.wait(pull->changed.version(), kReportEvery);
    if (!changed) {
      events({.message = "Downloading image: " + pull->progress.summary(), .details = {{"image", request.ref.str()}}});
    }
  }
  co_return *pull->result;
}

net::Task<void> ImageStore::run_pull(std::shared_ptr<ImageStore> self, std::string key, std::shared_ptr<Pull> pull) {
  auto result = co_await net::with_timeout(pull->timeout, "the download", self->pull(pull));
  if (!result) result = err(pull_error(pull->ref, result.error()));
  pull->result = std::move(result);
  self->pulls_.erase(key);
  pull->changed.notify();
}

net::Task<Status> ImageStore::pull(std::shared_ptr<Pull> pull) {
  const auto& ref = pull->ref;
  net::HttpClientRequest request{.method = "POST"};
  request.target = "/images/create?fromImage=" + net::url_encode(ref.repository) +
                   "&tag=" + net::url_encode(ref.digest.empty() ? ref.tag : ref.digest);
  if (!pull->auth.empty()) request.headers.set("X-Registry-Auth", pull->auth);
  CO_TRY_LET(auto stream, co_await api_->open(std::move(request), {.response = options_.pull_activity_timeout,
                                                                   .idle = options_.pull_activity_timeout}));
  for (;;) {
    CO_TRY_LET(const auto chunk, co_await stream.read_chunk());
    if (!chunk) break;
    CO_TRY(pull->progress.feed(*chunk));
  }
  co_return Ok{};
}

void ImageStore::release(const std::string& image) {
  const auto found = usage_.find(image);
  if (found == usage_.end() || --found->second.tasks > 0) return;
  if (found->second.pulled && options_.gc_image) return remove_later(image, found->second);
  usage_.erase(found);
}

void ImageStore::remove_later(const std::string& image, Usage& usage) {
  usage.removal =
      context_.loop.after(options_.gc_image_delay, "docker image removal", [weak = weak_from_this(), image] {
        if (const auto self = weak.lock())
          self->context_.loop.spawn("docker image removal", remove_unused(self, image));
      });
}

net::Task<void> ImageStore::remove_unused(std::shared_ptr<ImageStore> self, std::string image) {
  const auto found = self->usage_.find(image);
  if (found == self->usage_.end() || found->second.tasks > 0) co_return;
  // The daemon itself refuses while a container uses the image. A task that begins at this moment fetches it again.
  const auto removed = co_await self->api_->remove("/images/" + image);
  if (removed) log::info("unused docker image removed", {{"image", image}});
  const auto now = self->usage_.find(image);
  if (now == self->usage_.end() || now->second.tasks > 0) co_return;
  const auto refused = [&](ErrorCode code) { return !removed && removed.error().code() == code; };
  if (refused(ErrorCode::Unavailable) || refused(ErrorCode::DeadlineExceeded)) {  // The daemon is away.
    self->remove_later(image, now->second);
    co_return;
  }
  self->usage_.erase(now);
  self->forget(image);
}

void ImageStore::restore() {
  if (options_.gc_image && !options_.pulled_images.empty()) {
    context_.loop.spawn("docker images", run_restore(shared_from_this()));
  }
}

net::Task<void> ImageStore::run_restore(std::shared_ptr<ImageStore> self) {
  const auto read = [path = self->options_.pulled_images] { return sys::read_file(path); };
  const auto text = co_await net::run_blocking(self->context_.pool, read);
  if (!text) co_return;
  for (const auto& image : split(*text, '\n')) {
    if (image.empty()) continue;
    self->remembered_.insert(image);
    auto& usage = self->usage_[image];
    usage.pulled = true;
    if (usage.tasks == 0) self->remove_later(image, usage);
  }
}

void ImageStore::remember(const std::string& image) {
  if (remembered_.insert(image).second) write_remembered();
}

void ImageStore::forget(const std::string& image) {
  if (remembered_.erase(image) > 0) write_remembered();
}

void ImageStore::write_remembered() {
  if (options_.pulled_images.empty()) return;
  changed_ = true;
  if (!std::exchange(writing_, true)) context_.loop.spawn("docker images", run_write(shared_from_this()));
}

net::Task<void> ImageStore::run_write(std::shared_ptr<ImageStore> self) {
  while (std::exchange(self->changed_, false)) {
    std::string text;
    for (const auto& image : self->remembered_) text += image + "\n";
    const auto write = [&] { return sys::write_file_atomic(self->options_.pulled_images, text, 0600); };
    const auto written = co_await net::run_blocking(self->context_.pool, write);
    if (!written) log::warn("pulled docker images are not remembered", {{"reason", written.error().message()}});
  }
  self->writing_ = false;
}

}  // namespace drover::drivers
