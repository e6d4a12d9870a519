#include "drivers/docker/image_store.h"

#include "base/log.h"
#include "base/strings.h"
#include "codec/json.h"
#include "drivers/docker/pull_progress.h"
#include "drivers/docker/registry_auth.h"
#include "sys/files.h"

#include <optional>
#include <utility>

namespace drover::drivers {
namespace {

constexpr auto kReportEvery = std::chrono::seconds(10);

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

net::Task<Result<std::string>> ImageStore::find(ImageRef ref) {
  CO_TRY_LET(const auto found, co_await api_->get("/images/" + ref.str() + "/json"));
  co_return text_at(found, "Id");
}

net::Task<Result<std::string>> ImageStore::registry_auth(ImageRequest request) {
  if (!request.auth.username.empty()) co_return encode_auth(request.auth, request.ref);
  if (options_.auth_config.empty()) co_return std::string();
  const auto read = [path = options_.auth_config] { return sys::read_file(path); };
  const auto text = co_await net::run_blocking(context_.pool, read);
  const auto auth = text ? find_auth(*text, request.ref.registry) : Result<DockerAuth>(err(text.error()));
  if (auth) co_return encode_auth(*auth, request.ref);
  if (request.auth_soft_fail || auth.error().code() == ErrorCode::NotFound) co_return std::string();
  co_return err(auth.error().context("docker plugin option auth.config"));
}

net::Task<Result<Image>> ImageStore::ensure(ImageRequest request, EventSink events) {
  if (!request.force_pull) {
    auto id = co_await find(request.ref);
    if (id) co_return Image{.id = std::move(*id)};
    if (id.error().code() != ErrorCode::NotFound) co_return err(id.error());
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
  if (!*pull->result) co_return err(pull->result->error());
  CO_TRY_LET(auto id, co_await find(request.ref));
  co_return Image{.id = std::move(id), .pulled = true};
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

void ImageStore::acquire(const std::string& image) {
  auto& usage = usage_[image];
  usage.tasks++;
  usage.removal.cancel();
}

void ImageStore::release(const std::string& image) {
  const auto found = usage_.find(image);
  if (found == usage_.end() || found->second.tasks == 0 || --found->second.tasks > 0 || !options_.gc_image) return;
  found->second.removal =
      context_.loop.after(options_.gc_image_delay, "docker image removal", [weak = weak_from_this(), image] {
        if (const auto self = weak.lock())
          self->context_.loop.spawn("docker image removal", remove_unused(self, image));
      });
}

net::Task<void> ImageStore::remove_unused(std::shared_ptr<ImageStore> self, std::string image) {
  const auto found = self->usage_.find(image);
  if (found == self->usage_.end() || found->second.tasks > 0) co_return;
  self->usage_.erase(found);
  // The daemon itself refuses while a container uses the image.
  const auto removed = co_await self->api_->remove("/images/" + image);
  if (removed) log::info("unused docker image removed", {{"image", image}});
}

}  // namespace drover::drivers
