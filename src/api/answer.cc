#include "api/answer.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "api/json_indent.h"

namespace drover::api {
namespace {

// Writes a JSON list piece by piece.
class RowWriter {
 public:
  RowWriter(Rows rows, Layout layout) : rows_(std::move(rows)), layout_(layout) {}

  bool done() const { return done_; }

  std::string next(size_t limit) {
    std::string out;
    out.reserve(chunk_bytes_);
    if (row_ == 0) out += '[';
    const size_t end = std::min(rows_.count, row_ + limit);
    for (; row_ < end; ++row_) {
      if (row_ > 0) out += ',';
      rows_.write(out, row_);
    }
    if (row_ == rows_.count) {
      out += ']';
      done_ = true;
    }
    chunk_bytes_ = out.size() + out.size() / 8;  // the next chunk will be about as long
    if (layout_ == Layout::Compact) return out;
    std::string pretty;
    indenter_.append(pretty, out);
    return pretty;
  }

 private:
  const Rows rows_;
  const Layout layout_;
  JsonIndenter indenter_;
  size_t row_ = 0;
  size_t chunk_bytes_ = 0;
  bool done_ = false;
};

class RowStream final : public net::BodyStream {
 public:
  RowStream(RowWriter writer, size_t rows_per_chunk) : writer_(std::move(writer)), rows_per_chunk_(rows_per_chunk) {}

  net::Task<Result<std::optional<std::string>>> next() override {
    if (writer_.done()) co_return std::nullopt;
    co_await net::yield_to_loop();  // a client that takes everything at once must not keep the others waiting
    co_return writer_.next(rows_per_chunk_);
  }

 private:
  RowWriter writer_;
  const size_t rows_per_chunk_;
};

}  // namespace

net::HttpResponse to_response(Answer answer, Layout layout, size_t rows_per_chunk) {
  net::HttpResponse response;
  response.status = answer.status;
  response.headers.add("Content-Type", answer.content_type);
  if (!answer.next_token.empty()) response.headers.add("X-Nomad-NextToken", answer.next_token);
  if (answer.rows) {
    const bool streamed = answer.rows->count > rows_per_chunk;
    RowWriter writer(std::move(*answer.rows), layout);
    if (streamed) {
      response.stream = std::make_unique<RowStream>(std::move(writer), rows_per_chunk);
    } else {
      response.body = writer.next(rows_per_chunk);
    }
  } else if (layout == Layout::Pretty && answer.content_type == "application/json") {
    response.body = indent_json(answer.body);
  } else {
    response.body = std::move(answer.body);
  }
  return response;
}

}  // namespace drover::api
