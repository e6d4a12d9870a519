#include "codec/storage.h"

#include <bit>

#include "base/check.h"
#include "base/uuid.h"
#include "codec/shared_pool.h"
#include "codec/value.h"
#include "codec/value_record.h"
#include "codec/wire.h"

// Wire format. Payload by kind of the value:
//   Bool, Uint           varint
//   Int, Duration, Enum  varint, zigzag
//   Float                8 bytes
//   Uuid                 16 bytes
//   String, Bytes        length and bytes
//   Value                length and bytes: see value_record.cc
//   Struct               length and record
//   Vector               length and the payloads of the elements
//   Map                  length and, for each entry, the key as a String and the payload of the value
//   Optional             as a field, the payload of its value, or wire type Absent;
//                        elsewhere length and the payload of its value, length 0 if there is none
namespace drover::codec {
namespace {

using wire::Reader;

wire::Type wire_type(const TypeInfo& type) {
  switch (type.kind) {
    case Kind::Bool:
    case Kind::Int:
    case Kind::Uint:
    case Kind::Duration:
    case Kind::Enum:
      return wire::Type::Varint;
    case Kind::Float:
      return wire::Type::Fixed64;
    case Kind::Uuid:
      return wire::Type::Fixed128;
    default:
      return wire::Type::Bytes;
  }
}

void put_record(std::string& out, const StructInfo& info, const void* object);

void put_map(std::string& out, const TypeInfo& type, const void* at);

void put_payload(std::string& out, const TypeInfo& type, const void* at) {
  switch (type.kind) {
    case Kind::Bool:
      return wire::put_varint(out, *static_cast<const bool*>(at));
    case Kind::Uint:
      return wire::put_varint(out, static_cast<uint64_t>(load_int(type, at)));
    case Kind::Int:
    case Kind::Duration:
    case Kind::Enum:
      return wire::put_varint(out, wire::zigzag(load_int(type, at)));
    case Kind::Float:
      return wire::put_fixed64(out, std::bit_cast<uint64_t>(*static_cast<const double*>(at)));
    case Kind::Uuid:
      wire::put_big_endian(out, static_cast<const Uuid*>(at)->hi);
      return wire::put_big_endian(out, static_cast<const Uuid*>(at)->lo);
    case Kind::String:
      return wire::put_bytes(out, load_text(type, at));
    case Kind::Bytes:
      return wire::put_bytes(out, static_cast<const Bytes*>(at)->value);
    default:
      break;
  }
  const size_t start = out.size();
  if (type.kind == Kind::Struct) {
    put_record(out, type.fields(), at);
  } else if (type.kind == Kind::Value) {
    put_value(out, *static_cast<const Value*>(at));
  } else if (type.kind == Kind::Map) {
    put_map(out, type, at);
  } else if (type.kind == Kind::Vector) {
    for (size_t i = 0; i < type.vector_size(at); ++i) put_payload(out, type.element(), type.vector_at(at, i));
  } else if (const void* inner = type.optional_get(at)) {
    put_payload(out, type.element(), inner);
  }
  wire::insert_length(out, start);
}

void put_map(std::string& out, const TypeInfo& type, const void* at) {
  struct Visit {
    std::string& out;
    const TypeInfo& element;
  } visit{out, type.element()};
  type.map_visit(at, &visit, [](void* state, const std::string& key, const void* value) {
    const auto& [target, element] = *static_cast<Visit*>(state);
    wire::put_bytes(target, key);
    put_payload(target, element, value);
  });
}

void put_tag(std::string& out, uint32_t number, wire::Type type) {
  wire::put_varint(out, uint64_t{number} << 3 | static_cast<uint64_t>(type));
}

void put_record(std::string& out, const StructInfo& info, const void* object) {
  for (const Field& field : info.fields) {
    const void* at = field.in(object);
    const TypeInfo* type = field.type;
    if (is_zero(*type, at) && is_zero(*type, field.in(info.defaults))) continue;
    if (type->kind == Kind::Optional) {
      at = type->optional_get(at);
      type = &type->element();
    }
    put_tag(out, field.number, at ? wire_type(*type) : wire::Type::Absent);
    if (at) put_payload(out, *type, at);
  }
}

// Reads one record. Each read_* returns false after setting problem_.
class RecordReader {
 public:
  RecordReader(size_t record_size, SharedPool* pool) : pool_(pool), budget_(kBaseBudget + record_size * kGrowth) {}

  const std::string& problem() const { return problem_; }

  bool record(Reader in, const StructInfo& info, void* object) {
    if (++depth_ > kMaxRecordDepth) return fail("nested too deeply");
    size_t hint = 0;
    while (!in.done()) {
      uint64_t tag = 0;
      if (!in.varint(tag)) return fail(fmt::format("{}: bad or cut-off field number", info.name));
      const auto type = static_cast<wire::Type>(tag & 7);
      if (type > wire::Type::Fixed128) return fail(fmt::format("{}: unknown wire type {}", info.name, tag & 7));
      const Field* field = find(info, tag >> 3, hint);
      if (!field) {
        if (!in.skip(type)) return fail(fmt::format("{}: unknown field {} is cut off", info.name, tag >> 3));
        continue;
      }
      if (!this->field(in, type, *field, object)) {
        problem_ = fmt::format("{}.{}: {}", info.name, field->json, problem_);
        return false;
      }
    }
    --depth_;
    return true;
  }

 private:
  // What a small record may need, and how much larger than its record an object may be (a list of zero structs).
  static constexpr size_t kBaseBudget = size_t{64} << 20;
  static constexpr size_t kGrowth = 32;

  // Fields mostly come in the order of description: look behind the last one first.
  static const Field* find(const StructInfo& info, uint64_t number, size_t& hint) {
    for (size_t i = hint; i < info.fields.size(); ++i) {
      if (info.fields[i].number == number) {
        hint = i + 1;
        return &info.fields[i];
      }
    }
    return number <= UINT32_MAX ? info.by_number(static_cast<uint32_t>(number)) : nullptr;
  }

  bool field(Reader& in, wire::Type given, const Field& field, void* object) {
    const TypeInfo* type = field.type;
    void* at = field.in(object);
    if (type->kind == Kind::Optional) {
      if (given == wire::Type::Absent) {
        type->optional_reset(at);
        return true;
      }
      if (pool_ && type->optional_share && given == wire::Type::Bytes) return shared(in, *type, at);
      at = type->optional_emplace(at);
      type = &type->element();
    }
    if (given != wire_type(*type)) {
      return fail(fmt::format("wire type {} where {} is expected", static_cast<int>(given),
                              static_cast<int>(wire_type(*type))));
    }
    return payload(in, *type, at);
  }

  // A value behind a length that other objects may have too.
  bool shared(Reader& in, const TypeInfo& type, void* at) {
    std::string_view bytes;
    if (!in.bytes(bytes)) return cut_off();
    if (const auto* known = pool_->find(type, bytes)) {
      type.optional_share(at, *known);
      return true;
    }
    if (wire_type(type.element()) != wire::Type::Bytes) return fail("a length where none is expected");
    if (!content(bytes, type.element(), type.optional_emplace(at))) return false;
    pool_->put(type, bytes, type.optional_shared(at));
    return true;
  }

  void text(std::string_view bytes, const TypeInfo& type, void* at) {
    if (type.shared_text && pool_) {
      *static_cast<SharedString*>(at) = pool_->texts().intern(bytes);
    } else if (type.shared_text) {
      *static_cast<SharedString*>(at) = bytes;
    } else {
      *static_cast<std::string*>(at) = bytes;
    }
  }

  bool payload(Reader& in, const TypeInfo& type, void* at) {
    uint64_t number = 0;
    std::string_view bytes;
    switch (wire_type(type)) {
      case wire::Type::Varint:
        return in.varint(number) ? integer(number, type, at) : cut_off();
      case wire::Type::Fixed64:
        if (!in.fixed64(number)) return cut_off();
        *static_cast<double*>(at) = std::bit_cast<double>(number);
        return true;
      case wire::Type::Fixed128: {
        auto& uuid = *static_cast<Uuid*>(at);
        return in.big_endian(uuid.hi) && in.big_endian(uuid.lo) ? true : cut_off();
      }
      default:
        return in.bytes(bytes) ? content(bytes, type, at) : cut_off();
    }
  }

  bool integer(uint64_t number, const TypeInfo& type, void* at) {
    if (type.kind == Kind::Bool) {
      if (number > 1) return fail("neither true nor false");
      *static_cast<bool*>(at) = number == 1;
      return true;
    }
    if (type.kind != Kind::Uint) return store_int(type, at, wire::unzigzag(number)) || fail("number out of range");
    const auto value = static_cast<int64_t>(number);
    if (type.width == 8) {
      [[maybe_unused]] const bool positive = store_int(type, at, value);  // stores all 64 bits in any case
      return true;
    }
    return store_int(type, at, value) || fail("number out of range");
  }

  // What stands behind a length.
  bool content(std::string_view bytes, const TypeInfo& type, void* at) {
    switch (type.kind) {
      case Kind::String:
        text(bytes, type, at);
        return true;
      case Kind::Bytes:
        static_cast<Bytes*>(at)->value = bytes;
        return true;
      case Kind::Struct:
        return record(Reader(bytes), type.fields(), at);
      case Kind::Value: {
        Reader in(bytes);
        return (read_value(in, *static_cast<Value*>(at), depth_, budget_) && in.done()) || fail("malformed value");
      }
      default:
        return nested(bytes, type, at);
    }
  }

  bool nested(std::string_view bytes, const TypeInfo& type, void* at) {
    if (++depth_ > kMaxRecordDepth) return fail("nested too deeply");
    type.clear(at);
    const TypeInfo& element = type.element();
    for (Reader in(bytes); !in.done();) {
      std::string_view key;
      if (!spend(element.size)) return fail("too many entries");
      if (type.kind == Kind::Map && !in.bytes(key)) return cut_off();
      void* entry = type.kind == Kind::Map      ? type.map_insert(at, key)
                    : type.kind == Kind::Vector ? type.vector_append(at)
                                                : type.optional_emplace(at);
      if (!payload(in, element, entry)) return false;
    }
    --depth_;
    return true;
  }

  bool spend(size_t bytes) {
    constexpr size_t kOverhead = 64;  // of a tree node
    if (budget_ < bytes + kOverhead) return false;
    budget_ -= bytes + kOverhead;
    return true;
  }

  bool cut_off() { return fail("malformed or cut off"); }
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  SharedPool* pool_;  // may be null
  std::string problem_;
  unsigned depth_ = 0;
  size_t budget_;  // bytes that lists, maps and Values may still take
};

}  // namespace

void encode_record(std::string& out, const TypeInfo& type, const void* object) {
  CHECK(type.kind == Kind::Struct, "only structs have records");
  put_record(out, type.fields(), object);
}

Status decode_record(std::string_view record, const TypeInfo& type, void* object, SharedPool* pool) {
  CHECK(type.kind == Kind::Struct, "only structs have records");
  RecordReader reader(record.size(), pool);
  if (reader.record(wire::Reader(record), type.fields(), object)) return Ok{};
  return err(ErrorCode::InvalidArgument, "bad record: {}", reader.problem());
}

}  // namespace drover::codec
