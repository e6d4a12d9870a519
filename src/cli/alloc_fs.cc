#include "cli/commands.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/text.h"

namespace drover::cli {
namespace {

std::string size_text(const Session& session, const Json& file) {
  return session.args.on("H") ? file["Size"].text() : byte_size(file["Size"].integer());
}

std::vector<std::string> row(const Session& session, const Json& file) {
  const bool directory = file["IsDir"].truth();
  return {file["FileMode"].text(), size_text(session, file), file["ModTime"].text(),
          file["Name"].text() + (directory ? "/" : "")};
}

Status show_directory(const Session& session, ApiClient& api, const std::string& id, const net::StringPairs& query) {
  TRY_LET(const Answer answer, during("listing files", api.get(api_path("/v1/client/fs/ls/", id), query)));
  Table table({"Mode", "Size", "Modified Time", "Name"});
  for (const Json& file : Json(answer.value).items()) table.add(row(session, file));
  session.console.line(table.format());
  return Ok{};
}

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  const auto& arguments = session.args.positional();
  auto id = session.args.on("job") ? alloc_of_job(api, arguments[0]) : find_alloc(api, arguments[0]);
  if (!id) return err(id.error());
  const net::StringPairs query = {{"path", arguments.size() > 1 ? arguments[1] : "/"}};
  TRY_LET(const Answer answer, during("querying file", api.get(api_path("/v1/client/fs/stat/", *id), query)));
  const Json file(answer.value);
  if (session.args.on("stat")) {
    Table table({"Mode", "Size", "Modified Time", "Name"});
    table.add(row(session, file));
    session.console.line(table.format());
  } else if (file["IsDir"].truth()) {
    TRY(show_directory(session, api, *id, query));
  } else {
    TRY(during("reading file", api.stream(api_path("/v1/client/fs/cat/", *id), query,
                                          [&](std::string_view chunk) { return session.console.raw(chunk); })));
  }
  return kSuccess;
}

}  // namespace

Command alloc_fs_command() {
  return {
      .name = "alloc fs",
      .arguments = "[options] <allocation> [path]",
      .summary = "Look into the directory of an allocation",
      .text =
          "Lists a directory of an allocation, or prints a file as it is. The path starts at the allocation's "
          "directory; without one that directory is listed.",
      .options = {{"stat", "", "Show the file's size, mode and time instead of what is in it."},
                  {"H", "", "Sizes in bytes."},
                  {"job", "", "The argument is a job: one of its allocations is taken, a running one if there is any."},
                  kVerboseOption},
      .min_arguments = 1,
      .max_arguments = 2,
      .run = run,
  };
}

}  // namespace drover::cli
