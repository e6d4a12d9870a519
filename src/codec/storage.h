#pragma once

#include "base/result.h"
#include "codec/fwd.h"
#include "codec/type_info.h"

#include <string>
#include <string_view>

// The binary record: what the store keeps and what the node protocol carries. A record is a sequence of
// (varint number << 3 | wire type, payload). Older readers skip numbers they do not know; a field that is not in the
// record has its default. A field is left out only if its value and its default are both zero, so that changing a
// non-zero default never rewrites history. The wire format is described in storage.cc and never changes.
namespace drover::codec {

class SharedPool;

// Appends the record of a described struct.
void encode_record(std::string& out, const TypeInfo& type, const void* object);

// REQUIRES `object` is default-constructed. Any bytes are safe input: depth and memory are bounded by the input's size.
// After an error `object` is half filled. With a pool, equal shared texts and values (SharedString, std::shared_ptr) of
// all objects decoded with it become one.
Status decode_record(std::string_view record, const TypeInfo& type, void* object, SharedPool* pool = nullptr);

template <class T>
std::string encode_record(const T& object) {
  std::string out;
  encode_record(out, type_of<T>(), &object);
  return out;
}

template <class T>
Result<T> decode_record(std::string_view record) {
  T object;
  TRY(decode_record(record, type_of<T>(), &object));
  return object;
}

}  // namespace drover::codec
