#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "codec/value.h"
#include "net/http.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace drover::api {

// A request as the handlers see it: what every route understands is read already.
struct Request {
  const net::HttpRequest& http;
  std::string id;                 // what stands in the path for `*` or `:`, decoded
  std::vector<std::string> more;  // the other such places, in order
  std::string ns = "default";     // or "*": all
  std::string region;             // "": this one
  std::string prefix;
  uint64_t min_index = 0;  // not 0: a blocking query
  Duration wait{0};        // 0: the default
  size_t per_page = 0;     // of a list; 0: all of it
  std::string next_token;  // where a page of a list begins, "" for the first
  bool pretty = false;

  bool all_namespaces() const { return ns == "*"; }
  // The namespace that an object is named in, where "*" cannot be.
  std::string object_namespace() const { return all_namespaces() ? "default" : ns; }
  std::string_view param(std::string_view name) const { return http.query.get(name); }
};

// Fails with InvalidArgument on a bad index, wait or page size, and on parameters of Nomad's that would change what is
// answered and are not known here.
Result<Request> read_request(const net::HttpRequest& http, std::string id);

// "", "1", "true" and the like; InvalidArgument otherwise. Absent is `absent`.
Result<bool> bool_param(const Request& request, std::string_view name, bool absent = false);
// Absent is 0. InvalidArgument unless it is a whole number that is not negative.
Result<int64_t> size_param(const Request& request, std::string_view name);

// The JSON object of a body; InvalidArgument if it is none.
Result<codec::Value> read_json_object(const Request& request);

// The id in the path. InvalidArgument unless it is a full one; `what` is for the message: "allocation".
template <class Id>
Result<Id> path_id(const Request& request, std::string_view what) {
  const auto id = Id::parse(request.id);
  if (!id)
    return err(ErrorCode::InvalidArgument, "\"{}\" is not a full {} id (36 characters)", printable(request.id), what);
  return *id;
}

}  // namespace drover::api
