#include "assets/digests.h"

#include "base/check.h"

#include <openssl/evp.h>
#include <array>

namespace drover::assets {
namespace {

EVP_MD_CTX* context_of(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

}  // namespace

void Digest::Free::operator()(void* context) const {
  EVP_MD_CTX_free(context_of(context));
}

Digest::Digest(const char* kind) : context_(EVP_MD_CTX_new()) {
  const int started = EVP_DigestInit_ex(context_of(context_.get()), EVP_get_digestbyname(kind), nullptr);
  CHECK(started == 1, "a hash of this program is missing");
}

void Digest::add(std::string_view bytes) {
  EVP_DigestUpdate(context_of(context_.get()), bytes.data(), bytes.size());
}

std::string Digest::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context_of(context_.get()), bytes.data(), &size);
  std::string out;
  for (unsigned i = 0; i < size; i++) out += fmt::format("{:02x}", bytes[i]);
  return out;
}

}  // namespace drover::assets
