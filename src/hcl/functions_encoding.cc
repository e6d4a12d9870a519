#include <cctype>

#include <openssl/evp.h>

#include "base/strings.h"
#include "hcl/function_args.h"
#include "hcl/json.h"

namespace drover::hcl {
namespace {

using Context = CallContext;

constexpr size_t kMaxJsonDepth = 100;

std::string digest(const EVP_MD* algorithm, std::string_view text) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), bytes, &size, algorithm, nullptr) != 1) return {};
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

template <const EVP_MD* (*algorithm)()>
Result<Value> hash(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  const std::string bytes = digest(algorithm(), text);
  if (bytes.empty()) return bad_call("this hash is not available on this machine");
  return Value(hex(bytes));
}

Result<Value> base64decode(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  std::optional<std::string> bytes = base64_decode(text);
  if (!bytes) return bad_call("the text is not base64");
  if (!is_valid_utf8(*bytes)) return bad_call("the decoded bytes are not UTF-8 text");
  return Value(std::move(*bytes));
}

Result<Value> base64encode(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return Value(base64_encode(text));
}

Result<Value> jsondecode(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return from_json(text, kMaxJsonDepth);
}

Result<Value> jsonencode(const Context& context) {
  return Value(to_json(context.args[0]));
}

Result<Value> urlencode(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 ||
        std::string_view("-_.~").find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return Value(std::move(out));
}

std::string without_dashes(std::string_view uuid) {
  return replace_all(std::string(uuid), "-", "");
}

// The bytes of a name space: one of RFC 4122, appendix C, by name, or any UUID.
std::optional<std::string> namespace_bytes(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kKnown[] = {{"dns", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
                                                                      {"url", "6ba7b811-9dad-11d1-80b4-00c04fd430c8"},
                                                                      {"oid", "6ba7b812-9dad-11d1-80b4-00c04fd430c8"},
                                                                      {"x500", "6ba7b814-9dad-11d1-80b4-00c04fd430c8"}};
  for (const auto& [known, uuid] : kKnown) {
    if (name == known) return namespace_bytes(uuid);
  }
  const std::string digits = name.size() == 36 ? without_dashes(name) : std::string();
  if (digits.size() != 32) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < digits.size(); i += 2) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const std::string pair = to_lower(digits.substr(i, 2));
    const size_t high = kHex.find(pair[0]);
    const size_t low = kHex.find(pair[1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

Result<Value> uuidv5(const Context& context) {
  TRY_LET(const std::string space, text_arg(context, 0));
  TRY_LET(const std::string name, text_arg(context, 1));
  const std::optional<std::string> prefix = namespace_bytes(space);
  if (!prefix) return wrong_argument(context, 0, "a UUID or one of dns, url, oid, x500");
  std::string bytes = digest(EVP_sha1(), *prefix + name);
  if (bytes.size() < 16) return bad_call("SHA-1 is not available on this machine");
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x50);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  const std::string all = hex(bytes.substr(0, 16));
  return Value(fmt::format("{}-{}-{}-{}-{}", all.substr(0, 8), all.substr(8, 4), all.substr(12, 4), all.substr(16, 4),
                           all.substr(20)));
}

constexpr Function kFunctions[] = {
    {"base64decode", 1, 1, base64decode}, {"base64encode", 1, 1, base64encode},
    {"jsondecode", 1, 1, jsondecode},     {"jsonencode", 1, 1, jsonencode},
    {"md5", 1, 1, hash<EVP_md5>},         {"sha1", 1, 1, hash<EVP_sha1>},
    {"sha256", 1, 1, hash<EVP_sha256>},   {"sha512", 1, 1, hash<EVP_sha512>},
    {"urlencode", 1, 1, urlencode},       {"uuidv5", 2, 2, uuidv5},
};

}  // namespace

std::span<const Function> encoding_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
