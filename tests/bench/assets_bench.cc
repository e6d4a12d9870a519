// 2 GiB in many files, brought by the asset store and by curl from the same server into the same file system.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>

#include <fmt/core.h>

#include "assets/asset_store.h"
#include "assets/digests.h"
#include "bench/bench.h"
#include "bench/file_server.h"
#include "bench/folder.h"
#include "bench/process.h"
#include "net/loop.h"

namespace drover::bench {
namespace {

constexpr uint64_t kBytes = uint64_t{2} << 30;
constexpr size_t kFiles = 128;
constexpr unsigned kConnections = 4;
constexpr size_t kMaxRounds = 5;
constexpr uint64_t kLinkRate = 2'500'000'000 / 8;  // bytes a second, of all connections together

std::string name_of(size_t file) {
  return fmt::format("model-{:05}.safetensors", file);
}

std::string digest_of(const char* kind, std::string_view bytes) {
  assets::Digest digest(kind);
  digest.add(bytes);
  return digest.finish();
}

// One place that has the files.
struct Origin {
  std::string name;
  std::string base;    // of the files' paths
  model::Asset asset;  // of S3: without the server
};

Origin hugging_face(const ServedFiles& files, std::map<std::string, Served>& paths) {
  Origin out{.name = "HF", .base = "/org/model/resolve/main/"};
  out.asset.type = "HF";
  out.asset.repo = "org/model";
  std::string tree;
  for (size_t i = 0; i < files.count(); ++i) {
    tree += fmt::format(R"({}{{"type":"file","path":"{}","size":{},"lfs":{{"oid":"{}","size":{}}}}})",
                        tree.empty() ? "" : ",", name_of(i), files.bytes(), digest_of("sha256", files.content(i)),
                        files.bytes());
    paths[out.base + name_of(i)] = {.text = "", .file = i};
  }
  paths["/api/models/org/model/tree/main"] = {.text = "[" + tree + "]"};
  return out;
}

enum class ETags : uint8_t {
  OfParts,  // as of objects that were uploaded in parts, which large ones are: no hash
  Md5,
};

Origin bucket(const ServedFiles& files, std::map<std::string, Served>& paths, ETags etags) {
  const std::string name = etags == ETags::Md5 ? "hashed" : "bucket";
  Origin out{.name = etags == ETags::Md5 ? "S3 with MD5" : "S3", .base = "/" + name + "/model/"};
  out.asset.type = "S3";
  out.asset.url = "/" + name + "/model";
  std::string listing = "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>";
  for (size_t i = 0; i < files.count(); ++i) {
    listing +=
        fmt::format("<Contents><Key>model/{}</Key><Size>{}</Size><ETag>&quot;{}{}&quot;</ETag></Contents>", name_of(i),
                    files.bytes(), digest_of("md5", files.content(i)), etags == ETags::Md5 ? "" : "-2");
    paths[out.base + name_of(i)] = {.text = "", .file = i};
  }
  paths["/" + name + "/"] = {.text = listing + "</ListBucketResult>"};
  return out;
}

// Of this process and of those that it waited for, which the server is not among.
double cpu_so_far() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    }
  }
  return seconds;
}

struct Samples {
  std::vector<double> wall;
  std::vector<double> cpu;
};

Status measure(Samples& samples, const std::function<Status()>& work) {
  ::sync();
  const double cpu = cpu_so_far();
  const double begin = seconds_now();
  TRY(work());
  samples.wall.push_back(seconds_now() - begin);
  samples.cpu.push_back(cpu_so_far() - cpu);
  return Ok{};
}

Status check_files(const std::string& folder, const ServedFiles& files) {
  for (size_t i = 0; i < files.count(); ++i) {
    std::error_code error;
    const auto size = std::filesystem::file_size(folder + "/" + name_of(i), error);
    if (error || size != files.bytes()) return err(ErrorCode::Internal, "{} has not come", name_of(i));
  }
  return Ok{};
}

Status fetch_with_curl(const std::string& folder, const std::string& url, const ServedFiles& files) {
  const std::string config = folder + "/curl.txt";
  std::ofstream out(config);
  for (size_t i = 0; i < files.count(); ++i) {
    out << fmt::format("url = \"{}{}\"\noutput = \"{}/{}\"\n", url, name_of(i), folder, name_of(i));
  }
  out.close();
  const pid_t pid = spawn({"curl", "--fail", "--no-progress-meter", "--parallel", "--parallel-immediate",
                           "--parallel-max", std::to_string(kConnections), "--config", config},
                          folder + "/curl.log");
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid || status != 0) return err(ErrorCode::Internal, "curl has failed");
  return Ok{};
}

// An agent's asset store on a new folder.
class Store {
 public:
  Store(const Options& options, const std::string& folder, const std::string& url)
      : given_({.directory = folder + "/assets",
                .connections = kConnections,
                .endpoints = {.hugging_face = url, .ollama = ""},
                .helper = {.program = options.drover}}) {
    loop_.start();
  }
  ~Store() {
    loop_.stop();
    loop_.join();
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Result<std::string> bring(const model::Asset& asset) {
    std::promise<Result<std::string>> done;
    loop_.spawn("bench", run(*this, asset, done));
    return done.get_future().get();
  }

 private:
  static net::Task<void> run(Store& self, model::Asset asset, std::promise<Result<std::string>>& done) {
    const auto store = assets::AssetStore::create(self.loop_, self.clock_, self.given_);
    const Status opened = co_await store->open([](const std::string&) { return true; });
    auto come = co_await store->acquire(asset, assets::Hold::Use, "bench/task", {});
    done.set_value(opened ? std::move(come) : Result<std::string>(err(opened.error())));
    store->stop();
  }

  const assets::AssetStoreOptions given_;
  const SystemClock clock_;
  net::Loop loop_{"bench"};
};

void report_both(const std::string& name, const Samples& curl, const Samples& store, Report& report) {
  for (const auto& [who, samples] : {std::pair("curl", &curl), std::pair("asset store", &store)}) {
    report.add(fmt::format("{}, {}", name, who), median(samples->wall), "s");
    report.add(fmt::format("{}, {}: CPU", name, who), median(samples->cpu), "s");
  }
  report.add(name + ": throughput of curl's", median(curl.wall) / median(store.wall) * 100, "%");
}

struct Comparison {
  std::string url;  // of the server
  Origin origin;
  std::string name;
};

Status compare(const Options& options, const ServedFiles& files, const Comparison& what, Report& report) {
  const auto& [url, origin, name] = what;
  model::Asset asset = origin.asset;
  if (asset.type == "S3") asset.url = url + asset.url;
  Samples curl, store;
  for (size_t round = 0; round < std::min<size_t>(options.rounds, kMaxRounds); ++round) {
    {
      const TemporaryFolder folder;
      TRY(measure(curl, [&] { return fetch_with_curl(folder.path(), url + origin.base, files); }));
      TRY(check_files(folder.path(), files));
    }
    const TemporaryFolder folder;
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0711));  // the helper is nobody
    Store fresh(options, folder.path(), url);
    std::string tree;
    TRY(measure(store, [&]() -> Status {
      TRY_LET(tree, fresh.bring(asset));
      return Ok{};
    }));
    TRY(check_files(tree, files));
  }
  report_both(name, curl, store, report);
  return Ok{};
}

}  // namespace

Status run_assets(const Options& options, Report& report) {
  const size_t count = options.count.value_or(kFiles);
  TRY_LET(const auto files, ServedFiles::create(count, kBytes / count));
  std::map<std::string, Served> paths;
  const std::vector<Origin> origins = {hugging_face(*files, paths), bucket(*files, paths, ETags::OfParts),
                                       bucket(*files, paths, ETags::Md5)};
  TRY_LET(const auto server, FileServer::start(*files, paths, 0));
  TRY_LET(const auto link, FileServer::start(*files, paths, kLinkRate / kConnections));
  for (const Origin& origin : origins) {
    TRY(compare(options, *files, {server->url(), origin, origin.name}, report));
    TRY(compare(options, *files, {link->url(), origin, origin.name + " at 2.5 Gbit/s"}, report));
  }
  return Ok{};
}

}  // namespace drover::bench
