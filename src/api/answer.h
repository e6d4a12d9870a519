#pragma once

#include "net/http.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace drover::api {

// The rows of a list, written one at a time: a list of any length needs the memory of a chunk. The function keeps alive
// what it writes.
struct Rows {
  size_t count = 0;
  std::function<void(std::string& out, size_t row)> write;
};

// What a handler has to say; the framework makes a response of it.
struct Answer {
  int status = 200;
  std::string body;          // compact JSON, unless content_type says something else
  std::optional<Rows> rows;  // in place of `body`: a JSON list of them
  std::string content_type = "application/json";
  std::string next_token;  // of a list that goes on: where its next page begins
};

enum class Layout : uint8_t { Compact, Pretty };

// Lists of more than `rows_per_chunk` rows are streamed; the bytes are the same.
net::HttpResponse to_response(Answer answer, Layout layout, size_t rows_per_chunk);

}  // namespace drover::api
