#pragma once

#include "api/answer.h"
#include "api/context.h"
#include "api/request.h"
#include "base/uuid.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

// Turning tables into lists.
namespace drover::api {

// A page of a list: the rows from the request's token on, at most per_page of them, and where the next page begins.
struct Page {
  size_t begin = 0;
  size_t end = 0;
  std::string next_token;
};

// Which of `count` rows the request wants. The row of a token need not exist any more: the page begins with the first
// one that does not come before it. REQUIRES rows in the order of `before(row, token)`.
template <class Before, class Token>
Page page_of(const Request& request, size_t count, Before before, Token token) {
  Page page{.end = count};
  if (!request.next_token.empty()) {
    size_t length = count;
    while (length > 0) {  // partition point
      const size_t half = length / 2;
      const bool skip = before(page.begin + half, request.next_token);
      page.begin += skip ? half + 1 : 0;
      length = skip ? length - half - 1 : half;
    }
  }
  if (request.per_page > 0 && count - page.begin > request.per_page) {
    page.end = page.begin + request.per_page;
    page.next_token = token(page.end);
  }
  return page;
}

// A list of objects of the snapshot, each written by write(out, object, snapshot).
template <class T, class Write>
Answer list_answer(SnapshotPtr snapshot, std::vector<const T*> objects, Write write, Page page) {
  const size_t count = page.end - page.begin;
  Answer answer{.rows = Rows{.count = count,
                             .write = [snapshot = std::move(snapshot), objects = std::move(objects),
                                       write = std::move(write), first = page.begin](std::string& out, size_t row) {
                               write(out, *objects[first + row], *snapshot);
                             }}};
  answer.next_token = std::move(page.next_token);
  return answer;
}

// A list in the order of ids, in pages.
template <class T, class Write>
Answer list_answer(const Request& request, SnapshotPtr snapshot, std::vector<const T*> objects, Write write) {
  Page page = page_of(
      request, objects.size(), [&](size_t row, const std::string& token) { return objects[row]->id.str() < token; },
      [&](size_t row) { return objects[row]->id.str(); });
  return list_answer(std::move(snapshot), std::move(objects), std::move(write), std::move(page));
}

// A list that is not divided into pages.
template <class T, class Write>
Answer list_answer(SnapshotPtr snapshot, std::vector<const T*> objects, Write write) {
  const Page all{.end = objects.size()};
  return list_answer(std::move(snapshot), std::move(objects), std::move(write), all);
}

// The rows of a table keyed by a strong UUID that start with the request's prefix and that keep(row) accepts.
// InvalidArgument if no id can start so.
template <class Table, class Keep>
auto rows_with_prefix(const Table& table, const Request& request, Keep keep)
    -> Result<std::vector<decltype(table.begin()->value.get())>> {
  using Id = std::remove_cvref_t<decltype(table.begin()->key)>;
  const auto range = uuid_prefix_range(request.prefix);
  if (!range) return err(ErrorCode::InvalidArgument, "\"{}\" cannot be the start of an id", request.prefix);
  std::vector<decltype(table.begin()->value.get())> rows;
  if (request.prefix.empty()) rows.reserve(table.size());
  for (auto at = table.lower_bound(Id(range->first)); at != table.end() && at->key.value <= range->last; ++at) {
    if (keep(*at->value)) rows.push_back(at->value.get());
  }
  return rows;
}

// Of a small table, all rows.
template <class Table>
auto all_rows(const Table& table) {
  std::vector<decltype(table.begin()->value.get())> rows;
  rows.reserve(table.size());
  for (const auto& entry : table) rows.push_back(entry.value.get());
  return rows;
}

// An allocation, evaluation or service is listed in its own namespace, and in "*".
template <class T>
bool in_namespace(const Request& request, const T& object) {
  return request.all_namespaces() || object.ns == request.ns;
}

}  // namespace drover::api
