#include "net/tls_stream.h"

#include "base/strings.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace drover::net {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

constexpr auto kValues = asio::as_tuple(asio::use_awaitable);

struct AsioTlsContext final : TlsContext {
  mutable ssl::context context{ssl::context::tls_client};
  bool verify = true;
};

struct AsioTlsServerContext final : TlsServerContext {
  mutable ssl::context context{ssl::context::tls_server};
};

class TlsStream final : public Stream {
 public:
  TlsStream(Socket socket, std::shared_ptr<const AsioTlsContext> context)
      : context_(std::move(context)), stream_(std::move(socket), context_->context) {}
  TlsStream(Socket socket, std::shared_ptr<const AsioTlsServerContext> context)
      : server_(std::move(context)), stream_(std::move(socket), server_->context) {}

  Task<Result<bool>> shake_hands_as_server() {
    const auto [error] = co_await stream_.async_handshake(ssl::stream_base::server, kValues);
    if (error) co_return err(ErrorCode::Unavailable, "TLS handshake: {}", error_text(error));
    co_return true;
  }

  // What is wrong with the certificate says more than the library's error.
  Task<Status> shake_hands(std::string host, const std::string& where) {
    error_code ignored;
    asio::ip::make_address(host, ignored);
    if (ignored) SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
    if (context_->verify) stream_.set_verify_callback(ssl::host_name_verification(host), ignored);
    const auto [error] = co_await stream_.async_handshake(ssl::stream_base::client, kValues);
    if (!error) co_return Ok{};
    if (error == asio::error::operation_aborted) co_return err(ErrorCode::Cancelled, "connect {}: cancelled", where);
    const long verdict = SSL_get_verify_result(stream_.native_handle());
    std::string why = error_text(error);
    if (verdict != X509_V_OK)
      why = fmt::format("the certificate is refused: {}", X509_verify_cert_error_string(verdict));
    co_return err(ErrorCode::Unavailable, "connect {}: {}", where, why);
  }

  Task<IoResult> read_some(std::span<char> into) override {
    const auto [error, bytes] = co_await stream_.async_read_some(asio::buffer(into.data(), into.size()), kValues);
    co_return IoResult{error, bytes};
  }

  Task<IoResult> write_some(std::string_view first, std::string_view second) override {
    const auto [error, bytes] =
        co_await stream_.async_write_some(asio::buffer(first.empty() ? second : first), kValues);
    co_return IoResult{error, bytes};
  }

  // What the engine holds cannot be told without waiting.
  IoResult try_read(std::span<char>) override { return {.error = asio::error::would_block}; }
  IoResult try_write(std::string_view) override { return {.error = asio::error::would_block}; }

  void watch(std::function<void()> ready) override {
    stream_.next_layer().async_wait(Socket::wait_read, [ready = std::move(ready)](const error_code& error) {
      if (!error) ready();
    });
  }

  // One direction is closed by an alert (RFC 8446 6.1): what the other side still sends is read as before. Asio's own
  // shutdown waits for the other side's alert, and takes what comes before it for an error.
  void shutdown_write() override {
    // Asked once more, OpenSSL would read.
    if ((SSL_get_shutdown(stream_.native_handle()) & SSL_SENT_SHUTDOWN) != 0) return;
    const std::string alert = closing_alert();
    error_code error;
    stream_.next_layer().non_blocking(true, error);
    const size_t sent = error ? 0 : stream_.next_layer().send(asio::buffer(alert), 0, error);
    const bool told = !error && !alert.empty() && sent == alert.size();
    if (!told) stream_.next_layer().shutdown(Socket::shutdown_send, error);
  }

  void close() override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

 private:
  // What OpenSSL writes for the end, taken from it by a sink of its own for as long.
  std::string closing_alert() {
    SSL* const ssl = stream_.native_handle();
    BIO* const sink = BIO_new(BIO_s_mem());
    if (!sink) return {};
    BIO* const regular = SSL_get_wbio(ssl);
    BIO_up_ref(regular);
    SSL_set0_wbio(ssl, sink);
    SSL_shutdown(ssl);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(sink, &bytes);
    std::string alert(bytes, size > 0 ? static_cast<size_t>(size) : 0);
    SSL_set0_wbio(ssl, regular);
    return alert;
  }

  const std::shared_ptr<const AsioTlsContext> context_;       // of a client
  const std::shared_ptr<const AsioTlsServerContext> server_;  // of a server
  ssl::stream<Socket> stream_;
};

constexpr auto kModern = ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1;

Status show_certificate(ssl::context& context, const std::string& cert_file, const std::string& key_file) {
  error_code error;
  context.use_certificate_chain_file(cert_file, error);
  if (error) {
    return err(ErrorCode::InvalidArgument, "the certificate in {} cannot be read: {}", cert_file, error_text(error));
  }
  context.use_private_key_file(key_file, ssl::context::pem, error);
  if (error) {
    return err(ErrorCode::InvalidArgument, "the key in {} cannot be read or is not that of the certificate: {}",
               key_file, error_text(error));
  }
  return Ok{};
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::create(Options options) {
  auto out = std::make_shared<AsioTlsContext>();
  out->verify = options.verify;
  error_code error;
  out->context.set_options(kModern, error);
  if (!options.cert_file.empty() || !options.key_file.empty()) {
    TRY(show_certificate(out->context, options.cert_file, options.key_file));
  }
  out->context.set_verify_mode(options.verify ? ssl::verify_peer : ssl::verify_none, error);
  if (!options.verify) return std::shared_ptr<const TlsContext>(std::move(out));
  if (options.ca_file.empty()) {
    out->context.set_default_verify_paths(error);
  } else {
    out->context.load_verify_file(options.ca_file, error);
  }
  if (error) {
    return err(ErrorCode::InvalidArgument, "the certificates of {} cannot be read: {}",
               options.ca_file.empty() ? "the system" : options.ca_file, error_text(error));
  }
  return std::shared_ptr<const TlsContext>(std::move(out));
}

Result<std::shared_ptr<const TlsServerContext>> TlsServerContext::create(Options options) {
  auto out = std::make_shared<AsioTlsServerContext>();
  error_code error;
  out->context.set_options(kModern, error);
  TRY(show_certificate(out->context, options.cert_file, options.key_file));
  return std::shared_ptr<const TlsServerContext>(std::move(out));
}

Task<Result<std::unique_ptr<Stream>>> accept_tls(Socket socket, std::shared_ptr<const TlsServerContext> context) {
  auto server = std::static_pointer_cast<const AsioTlsServerContext>(std::move(context));
  auto stream = std::make_unique<TlsStream>(std::move(socket), std::move(server));
  auto shaken = co_await with_timeout(std::chrono::seconds(10), "the TLS handshake", stream->shake_hands_as_server());
  if (!shaken) co_return err(shaken.error());
  co_return std::unique_ptr<Stream>(std::move(stream));
}

Task<Result<std::unique_ptr<Stream>>> connect_tls(std::string host, uint16_t port, TlsClientOptions options) {
  if (!options.context) {
    CO_TRY_LET(options.context, TlsContext::create({}));
  }
  auto context = std::static_pointer_cast<const AsioTlsContext>(options.context);
  auto connected = co_await connect_tcp_socket(host, port);
  CO_TRY_LET(auto socket, std::move(connected));
  auto stream = std::make_unique<TlsStream>(std::move(socket), std::move(context));
  const bool v6 = host.find(':') != std::string::npos;
  const std::string where = fmt::format("https://{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port);
  const std::string name = options.server_name.empty() ? host : options.server_name;
  const Status shaken = co_await stream->shake_hands(name, where);
  if (!shaken) co_return err(shaken.error());
  co_return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace drover::net
