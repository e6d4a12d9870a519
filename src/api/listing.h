#pragma once

#include "api/answer.h"
#include "api/context.h"
#include "api/request.h"
#include "base/uuid.h"

#include <string>
#include <utility>
#include <vector>

// Turning tables into lists.
namespace drover::api {

// A list of objects of the snapshot, each written by write(out, object, snapshot).
template <class T, class Write>
Answer list_answer(SnapshotPtr snapshot, std::vector<const T*> objects, Write write) {
  const size_t count = objects.size();
  return Answer{
      .rows = Rows{.count = count,
                   .write = [snapshot = std::move(snapshot), objects = std::move(objects), write = std::move(write)](
                                std::string& out, size_t row) { write(out, *objects[row], *snapshot); }}};
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
