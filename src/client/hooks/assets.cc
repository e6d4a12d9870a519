#include "client/hooks/assets.h"

#include "assets/progress_text.h"
#include "assets/unpack.h"
#include "base/strings.h"
#include "client/hooks/private_layer.h"
#include "sys/directory.h"

#include <algorithm>

namespace drover::client {
namespace {

constexpr const char* kDownloading = "Downloading Assets";
// Progress is told after 10 s, and then at twice the time before: a task keeps its last ten events only.
constexpr Duration kFirstReport = std::chrono::seconds(10);

std::string user_of(const model::AllocId& alloc, const std::string& task) {
  return alloc.str() + "/" + task;
}

// A task that sees the host's files finds the asset at its target below its own directory.
Status make_link(const std::string& task_dir, const std::string& target, const std::string& source) {
  TRY_LET(const auto directory, sys::Directory::open(task_dir, "the task directory"));
  const size_t start = std::min(target.find_first_not_of('/'), target.size());
  TRY_LET(const std::string path, assets::safe_relative_path(std::string_view(target).substr(start)));
  if (const size_t slash = path.rfind('/'); slash != std::string::npos) {
    TRY(directory.make_directories(path.substr(0, slash)));
  }
  const auto there = directory.stat(path);
  if (there && there->kind != sys::FileKind::Symlink) {
    return err(ErrorCode::InvalidArgument, "there is something at the target \"{}\" already", printable(target, 80));
  }
  if (there) TRY(directory.remove_file(path));
  return directory.make_symlink(source, path);
}

std::string layer_of(const drivers::TaskDirs& dirs, const std::string& task, size_t index) {
  return fmt::format("{}/.assets.{}/{}", dirs.task.substr(0, dirs.task.rfind('/')), task, index);
}

}  // namespace

model::Asset interpolate(const TaskHookContext& context, const model::Asset& asset) {
  model::Asset out = asset;
  const auto expand = [&](std::string& text) { text = context.interpolate(text); };
  for (std::string* text : {&out.target, &out.url, &out.bucket, &out.repo, &out.model, &out.revision, &out.region,
                            &out.access_key_id, &out.secret_access_key, &out.access_token}) {
    expand(*text);
  }
  std::ranges::for_each(out.files, expand);
  for (model::AssetBucket& bucket : out.buckets) {
    expand(bucket.url);
    std::ranges::for_each(bucket.files, expand);
  }
  return out;
}

std::string describe_download(const model::Asset& asset, const assets::Progress& progress) {
  std::string text = assets::progress_text(model::asset_title(asset), progress);
  if (progress.total > progress.bytes && progress.bytes_per_second > 0) {
    text += fmt::format(", {} s left", (progress.total - progress.bytes) / progress.bytes_per_second + 1);
  }
  return text;
}

AssetsHook::AssetsHook(net::BlockingPool& pool, const Clock& clock, std::shared_ptr<assets::AssetStore> store,
                       Drivers drivers)
    : pool_(pool), clock_(clock), store_(std::move(store)), drivers_(std::move(drivers)) {}

drivers::Capabilities AssetsHook::capabilities_of(const model::Task& task) const {
  const auto driver = drivers_.find(task.driver);
  return driver == drivers_.end() ? drivers::Capabilities() : driver->second->capabilities();
}

net::Task<Status> AssetsHook::prestart(std::shared_ptr<TaskHookContext> context) {
  const drivers::Capabilities driver = capabilities_of(context->task);
  if (!driver.mounts && driver.fs_isolation != drivers::FsIsolation::None) {
    co_return err(ErrorCode::InvalidArgument, "tasks of driver \"{}\" cannot be given assets", context->task.driver);
  }
  for (size_t i = 0; i < context->task.assets.size(); i++) {
    const model::Asset asset = interpolate(*context, context->task.assets[i]);
    auto tree = co_await bring(context, asset);
    if (!tree) {
      co_return err(ErrorCode::Unavailable, "failed to download asset \"{}\": {}", model::asset_title(asset),
                    tree.error().message());
    }
    const auto placed = co_await place(context, asset, std::move(*tree), i);
    if (!placed) co_return err(placed.error().context("asset \"" + model::asset_title(asset) + "\""));
  }
  co_return Ok{};
}

net::Task<Result<std::string>> AssetsHook::bring(std::shared_ptr<TaskHookContext> context, model::Asset asset) {
  struct Report {
    MonoTime next;
    Duration pause = kFirstReport;
    bool any = false;
  };
  const MonoTime started = clock_.mono();
  const auto report = std::make_shared<Report>(Report{.next = started + kFirstReport});
  const bool here = store_->holds(asset);
  if (!here) context->emit_event(kDownloading, "Client is downloading " + model::asset_title(asset));
  const auto on_progress = [this, context, report, asset](const assets::Progress& progress) {
    if (clock_.mono() < report->next) return;
    report->pause *= 2;
    report->next = clock_.mono() + report->pause;
    context->emit_event(kDownloading, describe_download(asset, progress));
  };
  auto tree =
      co_await store_->acquire(asset, assets::Hold::Use, user_of(context->alloc->id, context->task.name), on_progress);
  if (tree && !here) {
    const auto seconds = std::chrono::duration<double>(clock_.mono() - started).count();
    context->emit_event(kDownloading, fmt::format("{} is here after {:.1f} s", model::asset_title(asset), seconds));
  }
  co_return tree;
}

net::Task<Status> AssetsHook::place(std::shared_ptr<TaskHookContext> context, model::Asset asset, std::string tree,
                                    size_t index) {
  std::string source = tree;
  const bool mounts = capabilities_of(context->task).mounts;
  if (asset.writable) {
    const std::string layer = layer_of(context->dirs, context->task.name, index);
    CO_TRY_LET(source, co_await net::run_blocking(pool_, [tree, layer] { return make_private_layer(tree, layer); }));
  }
  const std::string variable = fmt::format("DROVER_ASSET_{}", index);
  if (mounts) {
    context->mounts->push_back({.source = source, .destination = asset.target, .read_only = !asset.writable});
    (*context->env)[variable] = asset.target;
    co_return Ok{};
  }
  const auto link = [context, asset, source] { return make_link(context->dirs.task, asset.target, source); };
  CO_TRY(co_await net::run_blocking(pool_, link));
  (*context->env)[variable] = source;
  co_return Ok{};
}

void AssetsHook::stopped(const model::AllocId& alloc, const std::string& task) {
  store_->release(user_of(alloc, task));
}

}  // namespace drover::client
