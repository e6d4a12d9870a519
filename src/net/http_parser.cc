#include "net/http_parser.h"

#include "base/strings.h"

#include <variant>

#include <boost/beast/http/basic_parser.hpp>

namespace drover::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

std::string_view to_std(string_view text) {
  return {text.data(), text.size()};
}

// What both directions collect.
struct Collected {
  HttpHead head;
  std::string body;
  HttpParseError error;
  HttpParser::State state = HttpParser::State::Header;
  std::optional<uint64_t> max_body_bytes;
  uint64_t body_bytes = 0;
  int hosts = 0;
  int lengths = 0;
  bool in_trailer = false;

  void fail(int status, std::string message, error_code& code) {
    if (state != HttpParser::State::Failed) error = {status, std::move(message)};
    state = HttpParser::State::Failed;
    code = http::error::bad_value;
  }

  void on_field(http::field field, string_view name, string_view value, error_code& code) {
    if (in_trailer) return;
    if (field == http::field::host) ++hosts;
    if (field == http::field::content_length && (++lengths > 1 || value.find(',') != string_view::npos)) {
      return fail(400, "more than one Content-Length", code);
    }
    if (field == http::field::transfer_encoding) {
      if (head.chunked || !equals_ignore_case(to_std(value), "chunked")) {
        return fail(400, "unsupported Transfer-Encoding", code);
      }
      head.chunked = true;
    }
    head.headers.add(std::string(to_std(name)), std::string(to_std(value)));
  }

  size_t on_body(string_view bytes, error_code& code) {
    body_bytes += bytes.size();
    if (max_body_bytes && body_bytes > *max_body_bytes) {
      fail(413, "body too large", code);
      return 0;
    }
    body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
};

template <bool is_request>
class Parser final : public http::basic_parser<is_request> {
 public:
  Collected out;

 private:
  void on_request_impl(http::verb, string_view method, string_view target, int version, error_code&) override {
    out.head.method = std::string(to_std(method));
    out.head.target = std::string(to_std(target));
    out.head.version = version;
  }

  void on_response_impl(int status, string_view, int version, error_code&) override {
    out.head.status = status;
    out.head.version = version;
  }

  void on_field_impl(http::field field, string_view name, string_view value, error_code& code) override {
    out.on_field(field, name, value, code);
  }

  void on_header_impl(error_code& code) override {
    out.in_trailer = true;
    out.head.keep_alive = this->keep_alive();
    if (const auto length = this->content_length()) out.head.content_length = *length;
    if (!is_request) return;
    if (out.hosts > 1 || (out.hosts == 0 && out.head.version >= 11)) {
      return out.fail(400, out.hosts > 1 ? "more than one Host header" : "missing required Host header", code);
    }
    if (out.head.chunked && out.head.version < 11) out.fail(400, "Transfer-Encoding in an HTTP/1.0 request", code);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view bytes, error_code& code) override { return out.on_body(bytes, code); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& code) override {
    return out.on_body(bytes, code);
  }
  void on_finish_impl(error_code&) override {}
};

int status_of(const error_code& code) {
  if (code == http::error::header_limit) return 431;
  if (code == http::error::body_limit) return 413;
  if (code == http::error::bad_version) return 505;
  return 400;
}

constexpr size_t kShortestChunkEnd = 5;

}  // namespace

struct HttpParser::Impl {
  std::variant<std::monostate, Parser<true>, Parser<false>> parser;
  size_t max_header_bytes = 0;
  Collected* out = nullptr;
  bool wants_chunk_end = false;  // the last put() stopped in a chunk's header or in the trailer

  template <class Function>
  auto visit(Function function) {
    if (auto* request = std::get_if<Parser<true>>(&parser)) return function(*request);
    return function(std::get<Parser<false>>(parser));
  }

  void configure(auto& p, const Options& options) {
    p.header_limit(static_cast<std::uint32_t>(options.max_header_bytes));
    if (options.max_body_bytes) {
      p.body_limit(*options.max_body_bytes);
    } else {
      p.body_limit(boost::none);
    }
    if (options.skip_body) p.skip(true);
    out = &p.out;
    out->max_body_bytes = options.max_body_bytes;
  }

  size_t feed(auto& p, std::string_view data) {
    size_t taken = 0;
    while (taken < data.size() && !p.is_done()) {
      // Beast asserts that it sees an empty chunk's header again only with all of its five bytes, "0\r\n\r\n". At least
      // so many follow any chunk header that was cut short.
      if (wants_chunk_end && data.size() - taken < kShortestChunkEnd) break;
      const bool had_header = p.is_header_done();
      error_code code;
      taken += p.put(boost::asio::const_buffer(data.data() + taken, data.size() - taken), code);
      wants_chunk_end = had_header && code == http::error::need_more;
      if (code == http::error::need_more) {
        // Only a chunk's header or the trailer can pile up here: the header has its own limit.
        if (data.size() - taken > max_header_bytes) out->fail(400, "chunk header or trailer too large", code);
        break;
      }
      if (code) {
        if (out->state != State::Failed) out->fail(status_of(code), code.message(), code);
        return taken;
      }
      if (!had_header && p.is_header_done()) break;
    }
    update_state(p);
    return taken;
  }

  void feed_eof(auto& p) {
    error_code code;
    if (!p.is_done()) p.put_eof(code);
    if (code) out->fail(400, code.message(), code);
    update_state(p);
  }

  void update_state(auto& p) {
    if (out->state == State::Failed) return;
    out->state = p.is_done() ? State::Done : p.is_header_done() ? State::Body : State::Header;
  }
};

HttpParser::HttpParser(const Options& options) : impl_(std::make_unique<Impl>()) {
  impl_->max_header_bytes = options.max_header_bytes;
  if (options.kind == Kind::Request) {
    impl_->configure(impl_->parser.emplace<Parser<true>>(), options);
  } else {
    impl_->configure(impl_->parser.emplace<Parser<false>>(), options);
  }
}

HttpParser::~HttpParser() = default;
HttpParser::HttpParser(HttpParser&&) noexcept = default;
HttpParser& HttpParser::operator=(HttpParser&&) noexcept = default;

size_t HttpParser::feed(std::string_view data) {
  if (impl_->out->state == State::Failed) return 0;
  return impl_->visit([&](auto& p) { return impl_->feed(p, data); });
}

void HttpParser::feed_eof() {
  if (impl_->out->state == State::Failed) return;
  impl_->visit([&](auto& p) { impl_->feed_eof(p); });
}

HttpParser::State HttpParser::state() const {
  return impl_->out->state;
}
bool HttpParser::started() const {
  return impl_->visit([](auto& p) { return p.got_some(); });
}
const HttpParseError& HttpParser::error() const {
  return impl_->out->error;
}
HttpHead& HttpParser::head() {
  return impl_->out->head;
}
std::string& HttpParser::body() {
  return impl_->out->body;
}

}  // namespace drover::net
