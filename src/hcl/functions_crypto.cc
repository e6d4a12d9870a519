#include <algorithm>
#include <memory>

#include <crypt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/strings.h"
#include "hcl/function_args.h"

namespace drover::hcl {
namespace {

using Context = CallContext;

constexpr uint64_t kStepsADigest = 40;

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
  TRY(context.budget.charge_steps(kStepsADigest));
  const std::string bytes = digest(algorithm(), text);
  if (bytes.empty()) return bad_call("this hash is not available on this machine");
  return Value(hex(bytes));
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
  if (name.starts_with("urn:uuid:")) name.remove_prefix(9);
  if (name.size() == 38 && name.front() == '{' && name.back() == '}') name = name.substr(1, 36);
  const std::string digits = name.size() == 36 ? without_dashes(name) : std::string(name);
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
  TRY(context.budget.charge_steps(kStepsADigest));
  std::string bytes = digest(EVP_sha1(), *prefix + name);
  if (bytes.size() < 16) return bad_call("SHA-1 is not available on this machine");
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x50);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  const std::string all = hex(bytes.substr(0, 16));
  return Value(fmt::format("{}-{}-{}-{}-{}", all.substr(0, 8), all.substr(8, 4), all.substr(12, 4), all.substr(16, 4),
                           all.substr(20)));
}

Result<Value> uuidv4(const Context& context) {
  if (context.env.random == nullptr) return bad_call("random values are not available here");
  return Value(context.env.random->uuid().str());
}

// bcrypt(text, cost). Slow on purpose, twice as slow with each cost: the steps say so.
Result<Value> bcrypt(const Context& context) {
  constexpr int64_t kMinCost = 4, kMaxCost = 31, kDefaultCost = 10;
  constexpr uint64_t kStepsARound = 150;
  TRY_LET(const std::string text, text_arg(context, 0));
  int64_t cost = kDefaultCost;
  if (context.args.size() == 2) {
    TRY_LET(cost, integer_arg(context, 1));
  }
  if (cost > kMaxCost) return wrong_argument(context, 1, "a cost from 4 to 31");
  if (cost < kMinCost) cost = kDefaultCost;
  if (text.find('\0') != std::string::npos) return wrong_argument(context, 0, "text without zero bytes");
  if (context.env.random == nullptr) return bad_call("random values are not available here");
  TRY(context.budget.charge_steps((uint64_t{1} << cost) * kStepsARound));
  char salt_bytes[16];
  for (char& byte : salt_bytes) byte = static_cast<char>(context.env.random->below(256));
  char salt[CRYPT_GENSALT_OUTPUT_SIZE];
  const auto data = std::make_unique<crypt_data>();
  if (crypt_gensalt_rn("$2a$", static_cast<unsigned long>(cost), salt_bytes, sizeof salt_bytes, salt, sizeof salt) ==
      nullptr) {
    return bad_call("bcrypt is not available on this machine");
  }
  const char* hashed = crypt_rn(text.c_str(), salt, data.get(), sizeof(crypt_data));
  if (hashed == nullptr) return bad_call("bcrypt is not available on this machine");
  return Value(hashed);
}

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

PrivateKey read_private_key(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                      BIO_free);
  const auto no_password = [](char*, int, int, void*) { return -1; };
  return {PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr), EVP_PKEY_free};
}

// rsadecrypt(base64 of the cipher text, private key as PEM), padded as in PKCS #1 v1.5.
Result<Value> rsadecrypt(const Context& context) {
  constexpr uint64_t kSteps = 100'000;
  constexpr int kMaxKeyBits = 8192;
  constexpr size_t kMaxPem = 64 << 10;
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY_LET(const std::string pem, text_arg(context, 1));
  TRY(context.budget.charge_steps(kSteps));
  const std::optional<std::string> cipher = base64_decode(text);
  if (!cipher) return bad_call("the cipher text is not base64");
  const PrivateKey key = pem.size() <= kMaxPem ? read_private_key(pem) : PrivateKey(nullptr, EVP_PKEY_free);
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return bad_call("the key is not a private RSA key without a password");
  }
  if (EVP_PKEY_get_bits(key.get()) > kMaxKeyBits) return bad_call("the key is too long");
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> decryption(EVP_PKEY_CTX_new(key.get(), nullptr),
                                                                               EVP_PKEY_CTX_free);
  std::string out(static_cast<size_t>(EVP_PKEY_get_size(key.get())), '\0');
  size_t size = out.size();
  const bool done = EVP_PKEY_decrypt_init(decryption.get()) == 1 &&
                    EVP_PKEY_CTX_set_rsa_padding(decryption.get(), RSA_PKCS1_PADDING) == 1 &&
                    EVP_PKEY_decrypt(decryption.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                                     reinterpret_cast<const unsigned char*>(cipher->data()), cipher->size()) == 1;
  if (!done) return bad_call("the cipher text is not encrypted for this key");
  out.resize(size);
  if (!is_valid_utf8(out)) return bad_call("the decrypted bytes are not UTF-8 text");
  return Value(std::move(out));
}

constexpr Function kFunctions[] = {
    {"bcrypt", 1, 2, bcrypt},       {"md5", 1, 1, hash<EVP_md5>},       {"rsadecrypt", 2, 2, rsadecrypt},
    {"sha1", 1, 1, hash<EVP_sha1>}, {"sha256", 1, 1, hash<EVP_sha256>}, {"sha512", 1, 1, hash<EVP_sha512>},
    {"uuidv4", 0, 0, uuidv4},       {"uuidv5", 2, 2, uuidv5},
};

}  // namespace

std::span<const Function> crypto_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
