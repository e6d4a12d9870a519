#pragma once

#include "assets/url.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace drover::assets {

enum class Getter : uint8_t { Http, S3, Gcs, Git, Hg };

// What an artifact's source and options say, in go-getter's syntax: a forced getter "git::", shorthands such as
// "github.com/org/repo", "//subdirectory", and parameters that are meant for the getter and not for the server.
struct Source {
  Getter getter = Getter::Http;
  Url url;             // without the parameters below
  std::string subdir;  // "": all of it; may have the wildcards of a shell
  std::string checksum;
  std::optional<std::string> archive;           // "zip", "tar.gz", …; "false": kept as it is
  std::string filename;                         // "": the last part of the path
  std::map<std::string, std::string> settings;  // the getter's own: ref, depth, sshkey, region, aws_access_key_id, …
};

// The options win over the parameters of the URL. PermissionDenied for what reads this machine's own files.
Result<Source> parse_source(std::string_view text, const std::map<std::string, std::string>& options);

std::string_view to_string(Getter getter);

}  // namespace drover::assets
