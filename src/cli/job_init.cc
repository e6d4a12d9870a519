#include "cli/commands.h"
#include "jobspec/example.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace drover::cli {
namespace {

constexpr std::string_view kDefaultFile = "example.nomad";

Status write_new_file(const std::string& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) {
    return errno == EEXIST
               ? err(ErrorCode::AlreadyExists, "writing job file: \"{}\" exists already", safe_text(path))
               : err(ErrorCode::Internal, "writing job file \"{}\": {}", safe_text(path), std::strerror(errno));
  }
  const bool whole = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool closed = close(fd) == 0;
  if (whole && closed) return Ok{};
  return err(ErrorCode::Internal, "writing job file \"{}\": {}", safe_text(path), std::strerror(errno));
}

Result<int> run(Session& session) {
  const auto& arguments = session.args.positional();
  const std::string path = arguments.empty() ? std::string(kDefaultFile) : arguments[0];
  TRY(write_new_file(path, session.args.on("short") ? jobspec::short_example_job() : jobspec::example_job()));
  session.console.line("Example job file written to " + safe_text(path));
  return kSuccess;
}

}  // namespace

Command job_init_command() {
  return {
      .name = "job init",
      .arguments = "[options] [file]",
      .summary = "Write an example job file",
      .text =
          "Writes an example job file to start from, example.nomad if no other name is given. A file that exists "
          "is left alone.",
      .options = {{"short", "", "Without the comments that explain it."}},
      .exit_codes = "0 on success, 1 if the file exists or cannot be written.",
      .max_arguments = 1,
      .needs_server = false,
      .run = run,
  };
}

}  // namespace drover::cli
