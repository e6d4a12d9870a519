#include "drivers/docker/image_ref.h"

#include "base/strings.h"

#include <algorithm>

namespace drover::drivers {
namespace {

bool is_lower_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool valid_path_part(std::string_view part) {
  return !part.empty() && is_lower_alnum(part.front()) && is_lower_alnum(part.back()) &&
         std::ranges::all_of(part, [](char c) { return is_lower_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

bool valid_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= 128 && tag.front() != '.' && tag.front() != '-' &&
         std::ranges::all_of(tag, [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '_' || c == '-'; });
}

bool valid_digest(std::string_view digest) {
  const size_t colon = digest.find(':');
  return colon != std::string_view::npos && digest.size() - colon > 32 &&
         std::ranges::all_of(digest.substr(colon + 1),
                             [](char c) { return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9'); });
}

bool valid_registry(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']' || c == '_';
  });
}

bool names_registry(std::string_view first) {
  return first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
}

}  // namespace

Result<ImageRef> parse_image_ref(std::string_view text) {
  for (const std::string_view scheme : {"https://", "docker://"}) {
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  }
  const auto bad = [&](std::string_view why) {
    return err(ErrorCode::InvalidArgument, "\"{}\" is not the name of an image: {}", printable(text), why);
  };
  ImageRef ref;
  std::string_view rest = text;
  if (const size_t at = rest.find('@'); at != std::string_view::npos) {
    ref.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!valid_digest(ref.digest)) return bad("a digest looks like sha256:<64 hexadecimal digits>");
  }
  const size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find('/', colon) == std::string_view::npos) {
    ref.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!valid_tag(ref.tag)) return bad("the tag after \":\" is empty or has other characters than A-Z a-z 0-9 . _ -");
  }
  if (!ref.digest.empty()) ref.tag.clear();
  if (ref.digest.empty() && ref.tag.empty()) ref.tag = "latest";

  auto parts = split(rest, '/');
  ref.registry = "docker.io";
  if (parts.size() > 1 && names_registry(parts[0])) {
    ref.registry = parts[0];
    if (!valid_registry(ref.registry)) return bad("the registry's name has a character that host names cannot have");
    parts.erase(parts.begin());
  }
  if (!std::ranges::all_of(parts, valid_path_part)) {
    return bad("names have lower-case letters, digits, and . _ - between them, in parts separated by \"/\"");
  }
  ref.repository = rest;
  return ref;
}

}  // namespace drover::drivers
