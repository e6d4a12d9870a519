#include "cli/commands.h"
#include "cli/job_source.h"

#include "hcl/format.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>

namespace drover::cli {
namespace {

namespace fs = std::filesystem;

class Formatter {
 public:
  explicit Formatter(Session& session)
      : session_(session),
        check_(session.args.on("check")),
        list_(session.args.get("list", "true") == "true"),
        write_(!check_ && session.args.get("write", "true") == "true") {}

  int run() {
    std::vector<std::string> paths = session_.args.positional();
    if (paths.empty()) paths.emplace_back(".");
    for (const std::string& path : paths) {
      std::error_code error;
      if (path == "-") {
        format_stdin();
      } else if (fs::is_directory(path, error)) {
        format_directory(path);
      } else {
        format_file(path);
      }
    }
    return failed_ || (check_ && changed_) ? kFailure : kSuccess;
  }

 private:
  void format_stdin() {
    const std::string text{std::istreambuf_iterator<char>(*session_.env.in), {}};
    const auto laid_out = hcl::format(text, "<stdin>");
    if (!laid_out) return fail(laid_out.error().message());
    changed_ = changed_ || *laid_out != text;
    if (!check_) session_.console.raw(*laid_out);
  }

  void format_directory(const fs::path& directory) {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
      entries.push_back(*it);
    }
    if (error) return fail("reading " + directory.string() + ": " + error.message());
    std::ranges::sort(entries);
    for (const fs::directory_entry& entry : entries) {
      const bool hidden = entry.path().filename().string().starts_with('.');
      const std::string extension = entry.path().extension().string();
      if (hidden) continue;
      if (entry.is_directory(error)) {
        if (session_.args.on("recursive") && !entry.is_symlink(error)) format_directory(entry.path());
      } else if (extension == ".nomad" || extension == ".hcl") {
        format_file(entry.path().lexically_normal());
      }
    }
  }

  void format_file(const fs::path& path) {
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in.is_open() || in.bad()) return fail("reading " + path.string() + ": " + std::strerror(errno));
    const auto laid_out = hcl::format(text, path.string());
    if (!laid_out) return fail(laid_out.error().message());
    if (*laid_out == text) return;
    changed_ = true;
    if (list_) session_.console.line(safe_text(path.string()));
    if (!write_) return;
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << *laid_out;
    out.close();
    if (!out) fail("writing " + path.string() + ": " + std::strerror(errno));
  }

  void fail(const std::string& message) {
    failed_ = true;
    session_.console.error_line("Error: " + printable_lines(message));
  }

  Session& session_;
  const bool check_;
  const bool list_;
  const bool write_;
  bool failed_ = false;
  bool changed_ = false;
};

Result<int> run(Session& session) {
  return Formatter(session).run();
}

}  // namespace

Command fmt_command() {
  return {
      .name = "fmt",
      .arguments = "[options] [<path>...]",
      .summary = "Rewrite job files and configuration in canonical layout",
      .text =
          "Lays out files in HCL: indentation, spaces, aligned \"=\" and comments; nothing else changes. A directory "
          "stands for its files named *.nomad and *.hcl, no path for the current directory, and \"-\" for standard "
          "input, which is written to standard output. Prints the names of the files that were not in this layout. A "
          "file with mistakes stays as it is.",
      .options = {{"check", "", "Change nothing; the exit status says whether something would change."},
                  {"list", "", "Print the names of files that are laid out differently; -list=false does not."},
                  {"recursive", "", "Go into the directories below, too."},
                  {"write", "", "Rewrite the files; -write=false does not."}},
      .exit_codes = "0 on success; 1 if a file could not be read, parsed or written, or if -check found a difference.",
      .max_arguments = 10'000,
      .needs_server = false,
      .run = run,
  };
}

}  // namespace drover::cli
