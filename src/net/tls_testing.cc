#include "net/tls_testing.h"

#include "base/check.h"

#include <cstdlib>

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

namespace drover::net {
namespace {

constexpr long kDay = 24 * 60 * 60;

X509* make_certificate(EVP_PKEY* key) {
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kDay);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  CHECK(X509_sign(certificate, key, EVP_sha256()) > 0, "the certificate is signed");
  return certificate;
}

}  // namespace

struct TlsTestServer::Keys {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = make_certificate(key);
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());

  ~Keys() {
    SSL_CTX_free(context);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
};

TlsTestServer::TlsTestServer() : keys_(std::make_unique<Keys>()) {
  SSL_CTX_use_certificate(keys_->context, keys_->certificate);
  SSL_CTX_use_PrivateKey(keys_->context, keys_->key);
  char path[] = "/tmp/drover-tls-XXXXXX";
  const int fd = ::mkstemp(path);
  CHECK(fd >= 0, "a temporary file can be made");
  certificate_file_ = path;
  FILE* file = ::fdopen(fd, "w");
  PEM_write_X509(file, keys_->certificate);
  ::fclose(file);

  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t length = sizeof address;
  CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) == 0 && ::listen(listener_, 8) == 0 &&
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0,
        "the test server listens");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

TlsTestServer::~TlsTestServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  ::unlink(certificate_file_.c_str());
}

void TlsTestServer::serve() {
  while (!stopping_) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    SSL* ssl = SSL_new(keys_->context);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
      std::string request;
      char chunk[4096];
      int bytes = 1;
      while (request.find("\r\n\r\n") == std::string::npos && (bytes = SSL_read(ssl, chunk, sizeof chunk)) > 0) {
        request.append(chunk, static_cast<size_t>(bytes));
      }
      const std::string line = request.substr(0, request.find('\r'));
      const std::string response =
          "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(line.size()) + "\r\n\r\n" + line;
      SSL_write(ssl, response.data(), static_cast<int>(response.size()));
      SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    ::close(fd);
  }
}

}  // namespace drover::net
