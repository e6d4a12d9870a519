#include "assets/repository_program.h"
#include "assets/request.h"
#include "sys/files.h"

#include <fmt/format.h>

namespace drover::assets {

Status fetch_hg(const RepositoryContext& context, const Source& source) {
  const std::string revision = setting(source, "rev");
  TRY(check_revision(revision));
  if (source.url.user.starts_with('-'))
    return err(ErrorCode::InvalidArgument, "the user of the address starts with \"-\"");
  if (source.url.scheme == "ssh") {
    return err(ErrorCode::InvalidArgument, "hg repositories are fetched over http and https, not over ssh");
  }
  TRY(check_host(source.url, context.download.reach));
  RepositoryProgram hg(context, "hg");
  hg.set("HGRCPATH", "/dev/null");
  hg.set("HGPLAIN", "1");
  const std::string out(kOutputName);
  std::vector<std::string> clone = {"--noninteractive", "--quiet", "clone", "--noupdate"};
  if (context.download.insecure) clone.emplace_back("--insecure");
  if (!source.url.user.empty()) {
    // Not in the arguments, which other users can see.
    const std::string rc =
        fmt::format("[auth]\na.prefix = *\na.username = {}\na.password = {}\n", source.url.user, source.url.password);
    if (rc.find('\n', rc.find("a.username")) != rc.find("\na.password")) {
      return err(ErrorCode::InvalidArgument, "the credentials have a line break in them");
    }
    TRY(sys::write_file_atomic(context.work + "/hgrc", rc, 0600));
    hg.set("HGRCPATH", context.work + "/hgrc");
  }
  clone.insert(clone.end(), {"--", to_text(source.url), out});
  TRY(hg.run(clone));
  return hg.run({"--noninteractive", "--quiet", "--cwd", out, "update", "--clean", "--rev",
                 revision.empty() ? "default" : revision});
}

}  // namespace drover::assets
