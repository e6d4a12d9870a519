#include <algorithm>
#include <filesystem>

#include "base/strings.h"
#include "hcl/function_args.h"
#include "hcl/glob.h"

namespace drover::hcl {
namespace {

using Context = CallContext;

Result<const FileReader*> files_of(const Context& context) {
  if (context.env.files == nullptr) return bad_call("files are not available here");
  return context.env.files;
}

Result<std::string> read_file(const Context& context) {
  TRY_LET(const std::string path, text_arg(context, 0));
  TRY_LET(const FileReader* files, files_of(context));
  return files->read(path);
}

// The path without `.`, `..` and doubled slashes.
std::string clean_path(const std::string& path) {
  std::string out = std::filesystem::path(path).lexically_normal().string();
  while (out.size() > 1 && out.ends_with('/')) out.pop_back();
  return out.empty() ? "." : out;
}

Result<Value> basename(const Context& context) {
  TRY_LET(std::string path, text_arg(context, 0));
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.empty()) return Value(".");
  if (path == "/") return Value(std::move(path));
  return Value(path.substr(path.rfind('/') + 1));
}

Result<Value> dirname(const Context& context) {
  TRY_LET(const std::string path, text_arg(context, 0));
  const size_t slash = path.rfind('/');
  return Value(clean_path(path.substr(0, slash == std::string::npos ? 0 : slash + 1)));
}

Result<Value> file(const Context& context) {
  TRY_LET(std::string text, read_file(context));
  if (!is_valid_utf8(text)) return bad_call("the file is not UTF-8 text; filebase64() reads any file");
  return Value(std::move(text));
}

Result<Value> filebase64(const Context& context) {
  TRY_LET(const std::string bytes, read_file(context));
  return Value(base64_encode(bytes));
}

Result<Value> fileexists(const Context& context) {
  TRY_LET(const std::string path, text_arg(context, 0));
  TRY_LET(const FileReader* files, files_of(context));
  return Value(files->exists(path));
}

Result<Value> abspath(const Context& context) {
  TRY_LET(const std::string path, text_arg(context, 0));
  if (path.starts_with('/')) return Value(clean_path(path));
  TRY_LET(const FileReader* files, files_of(context));
  TRY_LET(const std::string directory, files->working_directory());
  return Value(clean_path(directory + "/" + path));
}

// `~` and `~/…` are below the user's home.
Result<Value> pathexpand(const Context& context) {
  TRY_LET(const std::string path, text_arg(context, 0));
  if (!path.starts_with('~')) return Value(path);
  if (path.size() > 1 && path[1] != '/') return bad_call("the home of another user is not known here");
  TRY_LET(const FileReader* files, files_of(context));
  TRY_LET(const std::string home, files->home_directory());
  return Value(path.size() > 1 ? clean_path(home + path.substr(1)) : home);
}

// fileset(directory, pattern): the names, relative to the directory, of the files that match.
Result<Value> fileset(const Context& context) {
  TRY_LET(const std::string directory, text_arg(context, 0));
  TRY_LET(const std::string pattern, text_arg(context, 1));
  TRY_LET(const FileReader* files, files_of(context));
  TRY_LET(std::vector<std::string> names, files->list(directory));
  TRY_LET(std::vector<std::string> found, matching_paths(std::move(names), clean_path(pattern), context.budget));
  std::sort(found.begin(), found.end());
  return from_texts(std::move(found));
}

constexpr Function kFunctions[] = {
    {"abspath", 1, 1, abspath},       {"fileset", 2, 2, fileset},       {"pathexpand", 1, 1, pathexpand},

    {"basename", 1, 1, basename},     {"dirname", 1, 1, dirname},       {"file", 1, 1, file},
    {"filebase64", 1, 1, filebase64}, {"fileexists", 1, 1, fileexists},
};

}  // namespace

std::span<const Function> file_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
