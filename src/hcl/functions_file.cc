#include "base/strings.h"
#include "hcl/function_args.h"

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

Result<Value> basename(const Context& context) {
  TRY_LET(std::string path, text_arg(context, 0));
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.empty()) return Value(".");
  if (path == "/") return Value(std::move(path));
  return Value(path.substr(path.rfind('/') + 1));
}

Result<Value> dirname(const Context& context) {
  TRY_LET(std::string path, text_arg(context, 0));
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return Value(".");
  path.resize(slash);
  while (path.ends_with('/')) path.pop_back();
  return Value(path.empty() ? "/" : std::move(path));
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

constexpr Function kFunctions[] = {
    {"basename", 1, 1, basename},     {"dirname", 1, 1, dirname},       {"file", 1, 1, file},
    {"filebase64", 1, 1, filebase64}, {"fileexists", 1, 1, fileexists},
};

}  // namespace

std::span<const Function> file_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
