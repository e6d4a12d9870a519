#include "assets/http_client.h"

#include "base/strings.h"
#include "net/address.h"

// The checks of argument types are made for calls of functions, not through pointers.
#define CURL_DISABLE_TYPECHECK
#include <arpa/inet.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <array>
#include <memory>

// With variadic macros of curl.h the pointers below could not be called by these names.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace drover::assets {
namespace {

constexpr long kConnectSeconds = 30;
constexpr long kStallSeconds = 60;  // less than a byte a second for so long ends an attempt
constexpr long kBufferSize = 256 << 10;
constexpr size_t kMaxHeaderBytes = 256 << 10;

// libcurl's functions. It is loaded at run time because it comes as a shared library only, with an OpenSSL of its own.
struct Curl {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_easy_init) init = nullptr;
  decltype(&::curl_easy_reset) reset = nullptr;
  decltype(&::curl_easy_cleanup) cleanup = nullptr;
  decltype(&::curl_easy_perform) perform = nullptr;
  decltype(&::curl_easy_strerror) strerror = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
  CURLcode (*setopt)(CURL*, CURLoption, ...) = nullptr;
  CURLcode (*getinfo)(CURL*, CURLINFO, ...) = nullptr;
};

template <class Function>
bool load(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Result<Curl> load_curl() {
  void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return err(ErrorCode::InvalidArgument, "libcurl.so.4 is not installed on this node: downloads need it ({})",
               ::dlerror());
  }
  Curl curl;
  const bool complete =
      load(library, "curl_global_init", curl.global_init) && load(library, "curl_easy_init", curl.init) &&
      load(library, "curl_easy_reset", curl.reset) && load(library, "curl_easy_cleanup", curl.cleanup) &&
      load(library, "curl_easy_perform", curl.perform) && load(library, "curl_easy_strerror", curl.strerror) &&
      load(library, "curl_slist_append", curl.slist_append) &&
      load(library, "curl_slist_free_all", curl.slist_free_all) && load(library, "curl_easy_setopt", curl.setopt) &&
      load(library, "curl_easy_getinfo", curl.getinfo);
  if (!complete) return err(ErrorCode::Internal, "libcurl.so.4 of this node lacks functions");
  if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return err(ErrorCode::Internal, "libcurl does not start");
  return curl;
}

std::string address_text(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = address.sa_family == AF_INET6
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr)
                          : &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  return ::inet_ntop(address.sa_family, bytes, text.data(), text.size()) == nullptr ? "" : text.data();
}

bool is_transient(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR:
      return true;
    default:
      return false;
  }
}

}  // namespace

Status check_address(std::string_view address, Reach reach) {
  const auto kind = net::kind_of_address(address);
  if (!kind) return err(ErrorCode::PermissionDenied, "\"{}\" is no address", printable(address, 80));
  if (*kind == net::AddressKind::LinkLocal) {
    return err(ErrorCode::PermissionDenied, "{} is a link-local address: artifacts cannot come from there", address);
  }
  if (*kind == net::AddressKind::Loopback && reach == Reach::Elsewhere) {
    return err(ErrorCode::PermissionDenied, "{} is this machine: other servers cannot redirect there", address);
  }
  return Ok{};
}

struct HttpClient::State {
  Curl curl;
  CURL* handle = nullptr;

  // Of the transfer that is under way.
  const HttpCall* call = nullptr;
  HttpReply reply;
  size_t header_bytes = 0;
  bool announced = false;
  std::optional<Error> failure;  // what a callback ended it for

  explicit State(Curl functions) : curl(functions), handle(curl.init()) {}
  ~State() { curl.cleanup(handle); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void prepare(const HttpCall& next, const std::string& url, curl_slist* headers);
  void sign(const Signing& signing);
  size_t header(std::string_view line);
  size_t body(std::string_view bytes);
  Status announce();
  Result<HttpReply> result(CURLcode code, const char* details);

  static size_t on_header(char* data, size_t size, size_t count, void* self) {
    return static_cast<State*>(self)->header({data, size * count});
  }
  static size_t on_body(char* data, size_t size, size_t count, void* self) {
    return static_cast<State*>(self)->body({data, size * count});
  }
  static curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* address);
};

curl_socket_t HttpClient::State::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& state = *static_cast<State*>(self);
  const auto allowed = check_address(address_text(address->addr), state.call->reach);
  if (!allowed) {
    state.failure = allowed.error();
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

size_t HttpClient::State::header(std::string_view line) {
  header_bytes += line.size();
  if (header_bytes > kMaxHeaderBytes) return 0;
  const std::string_view text = trim(line);
  if (text.starts_with("HTTP/")) {  // a new reply: after "100 Continue", or a proxy's "200 Connection established"
    const size_t space = text.find(' ');
    reply.reason = space == std::string_view::npos ? "" : printable(trim(text.substr(space)), 100);
    reply.headers.clear();
  } else if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
    reply.headers[to_lower(text.substr(0, colon))] = trim(text.substr(colon + 1));
  }
  return line.size();
}

Status HttpClient::State::announce() {
  if (announced) return Ok{};
  announced = true;
  long status = 0;
  curl.getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<int>(status);
  char* address = nullptr;
  curl.getinfo(handle, CURLINFO_PRIMARY_IP, &address);
  const auto kind = net::kind_of_address(address == nullptr ? "" : address);
  reply.from_loopback = kind == net::AddressKind::Loopback;
  char* location = nullptr;
  curl.getinfo(handle, CURLINFO_REDIRECT_URL, &location);
  reply.location = location == nullptr ? "" : location;
  return call->on_reply ? call->on_reply(reply) : Status(Ok{});
}

size_t HttpClient::State::body(std::string_view bytes) {
  auto taken = announce();
  if (taken && call->on_body) taken = call->on_body(bytes);
  if (taken) return bytes.size();
  failure = taken.error();
  return 0;
}

void HttpClient::State::prepare(const HttpCall& next, const std::string& url, curl_slist* headers) {
  call = &next;
  reply = {};
  header_bytes = 0;
  announced = false;
  failure.reset();
  const auto set = [this](CURLoption option, auto value) { curl.setopt(handle, option, value); };
  curl.reset(handle);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_BUFFERSIZE, kBufferSize);
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_USERAGENT, "drover");
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  // Rounded up: a call that ran out of time has not done so before the caller's clock says it.
  set(CURLOPT_TIMEOUT_MS, std::max<long>(1, std::chrono::ceil<std::chrono::milliseconds>(next.timeout).count()));
  set(CURLOPT_SSL_VERIFYPEER, next.insecure ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, next.insecure ? 0L : 2L);
  set(CURLOPT_HEADERFUNCTION, &State::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &State::on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_OPENSOCKETFUNCTION, &State::on_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  if (!next.url.user.empty() || !next.url.password.empty()) {
    set(CURLOPT_USERNAME, next.url.user.c_str());
    set(CURLOPT_PASSWORD, next.url.password.c_str());
  }
}

void HttpClient::State::sign(const Signing& signing) {
  const std::string provider = "aws:amz:" + signing.region + ":s3";  // curl keeps copies
  curl.setopt(handle, CURLOPT_AWS_SIGV4, provider.c_str());
  curl.setopt(handle, CURLOPT_USERNAME, signing.key_id.c_str());
  curl.setopt(handle, CURLOPT_PASSWORD, signing.secret.c_str());
}

Result<HttpReply> HttpClient::State::result(CURLcode code, const char* details) {
  if (failure) return err(*failure);
  if (code != CURLE_OK) {
    const std::string text = details[0] != '\0' ? details : curl.strerror(code);
    return err(is_transient(code) ? ErrorCode::Unavailable : ErrorCode::InvalidArgument, "{}", printable(text));
  }
  TRY(announce());  // a reply without a body
  return std::move(reply);
}

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::create() {
  TRY_LET(const Curl curl, load_curl());
  auto state = std::make_unique<State>(curl);
  if (state->handle == nullptr) return err(ErrorCode::Internal, "libcurl does not start");
  return HttpClient(std::move(state));
}

Result<HttpReply> HttpClient::get(const HttpCall& call) {
  const Curl& curl = state_->curl;
  const std::string url = to_text(call.url);
  curl_slist* list = nullptr;
  for (const auto& [name, value] : call.headers) {
    // "Name;" is curl's way to send a header without a value.
    const std::string line = value.empty() ? name + ";" : name + ": " + value;
    list = curl.slist_append(list, line.c_str());
  }
  const std::unique_ptr<curl_slist, decltype(curl.slist_free_all)> headers(list, curl.slist_free_all);
  std::array<char, CURL_ERROR_SIZE> details{};
  state_->prepare(call, url, headers.get());
  curl.setopt(state_->handle, CURLOPT_ERRORBUFFER, details.data());
  if (call.signing) state_->sign(*call.signing);
  return state_->result(curl.perform(state_->handle), details.data());
}

}  // namespace drover::assets
