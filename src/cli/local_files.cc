#include "cli/local_files.h"

#include <filesystem>
#include <fstream>

#include "base/strings.h"

namespace drover::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFile = size_t{1} << 20;
constexpr size_t kMaxFiles = 10'000;

}  // namespace

LocalFiles::LocalFiles(const std::string& job_file, std::string home) : home_(std::move(home)) {
  std::error_code failed;
  const fs::path folder = job_file == "-" ? fs::path() : fs::path(job_file).parent_path();
  folder_ = fs::absolute(folder.empty() ? fs::path(".") : folder, failed).lexically_normal().string();
}

std::string LocalFiles::resolve(const std::string& path) const {
  return (fs::path(folder_) / path).lexically_normal().string();
}

Result<std::string> LocalFiles::read(const std::string& path) const {
  std::error_code failed;
  const std::string full = resolve(path);
  if (!fs::is_regular_file(full, failed)) {
    return err(ErrorCode::NotFound, "there is no file \"{}\"", printable(full, 200));
  }
  std::ifstream file(full, std::ios::binary);
  std::string text(kMaxFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (!file.is_open() || file.bad()) return err(ErrorCode::NotFound, "cannot read \"{}\"", printable(full, 200));
  if (text.size() > kMaxFile) {
    return err(ErrorCode::ResourceExhausted, "\"{}\" has more than {} bytes", printable(full, 200), kMaxFile);
  }
  return text;
}

bool LocalFiles::exists(const std::string& path) const {
  std::error_code failed;
  return fs::is_regular_file(resolve(path), failed);
}

Result<std::vector<std::string>> LocalFiles::list(const std::string& directory) const {
  std::error_code failed;
  const fs::path root = resolve(directory);
  std::vector<std::string> names;
  fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, failed);
  for (const fs::recursive_directory_iterator end; !failed && at != end; at.increment(failed)) {
    if (!at->is_regular_file(failed)) continue;
    if (names.size() == kMaxFiles) {
      return err(ErrorCode::ResourceExhausted, "\"{}\" has more than {} files", printable(root.string(), 200),
                 kMaxFiles);
    }
    names.push_back(at->path().lexically_relative(root).string());
  }
  if (failed)
    return err(ErrorCode::NotFound, "cannot list \"{}\": {}", printable(root.string(), 200), failed.message());
  return names;
}

Result<std::string> LocalFiles::working_directory() const {
  std::error_code failed;
  const fs::path here = fs::current_path(failed);
  if (failed) return err(ErrorCode::Internal, "the working directory: {}", failed.message());
  return here.string();
}

Result<std::string> LocalFiles::home_directory() const {
  if (home_.empty()) return err(ErrorCode::NotFound, "HOME is not set");
  return home_;
}

}  // namespace drover::cli
