#include "state/rows.h"

#include "codec/describe.h"
#include "codec/storage.h"

namespace drover::state {

namespace {

void append_big_endian(std::string& out, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

template <class T>
std::string encode(const T& row) {
  std::string record;
  codec::encode_record(record, codec::type_of<T>(), &row);
  return record;
}

template <class T>
Status decode(std::string_view record, T& row) {
  return codec::decode_record(record, codec::type_of<T>(), &row);
}

}  // namespace

std::string stored_key(const Uuid& id) {
  std::string key;
  key.reserve(16);
  append_big_endian(key, id.hi);
  append_big_endian(key, id.lo);
  return key;
}

std::string stored_key(const model::JobKey& key) {
  std::string out;
  out.reserve(key.ns.size() + key.id.size() + 10);
  out += key.ns;
  out += '\0';
  out += key.id;
  return out;
}

std::string stored_key(const JobVersionKey& key) {
  std::string out = stored_key(key.job);
  out += '\0';
  append_big_endian(out, key.version);
  return out;
}

void describe(codec::StructBuilder& d, TableIndexes& r) {
  auto& [indexes] = r;
  d.name("TableIndexes");
  d.field(1, indexes, "Indexes");
}

std::string encode_row(const model::Node& row) {
  return encode(row);
}
std::string encode_row(const model::Job& row) {
  return encode(row);
}
std::string encode_row(const model::Evaluation& row) {
  return encode(row);
}
std::string encode_row(const model::Allocation& row) {
  return encode(row);
}
std::string encode_row(const model::ServiceRegistration& row) {
  return encode(row);
}
std::string encode_row(const model::Deployment& row) {
  return encode(row);
}
std::string encode_row(const model::PeriodicLaunch& row) {
  return encode(row);
}
std::string encode_row(const model::JobScalingEvents& row) {
  return encode(row);
}
std::string encode_row(const model::SchedulerConfig& row) {
  return encode(row);
}
std::string encode_row(const model::Market& row) {
  return encode(row);
}
std::string encode_row(const TableIndexes& row) {
  return encode(row);
}

template <>
Status decode_row(std::string_view record, model::Node& row) {
  return decode(record, row);
}
template <>
Status decode_row(std::string_view record, model::Job& row) {
  return decode(record, row);
}
template <>
Status decode_row(std::string_view record, model::Evaluation& row) {
  return decode(record, row);
}
template <>
Status decode_row(std::string_view record, model::Allocation& row) {
  return decode(record, row);
}
Status decode_row(std::string_view record, model::Allocation& row, codec::SharedPool& pool) {
  TRY(codec::decode_record(record, codec::type_of<model::Allocation>(), &row, &pool));
  for (auto& [task, state] : row.task_states) pool.texts().intern(task);
  return Ok{};
}

template <>
Status decode_row(std::string_view record, model::ServiceRegistration& row) {
  return decode(record, row);
}
template <>
Status decode_row(std::string_view record, model::Deployment& row) {
  return decode(record, row);
}
template <>
Status decode_row(std::string_view record, model::PeriodicLaunch& row) {
  return decode(record, row);
}
template <>
Status decode_row(std::string_view record, model::JobScalingEvents& row) {
  return decode(record, row);
}
template <>
Status decode_row(std::string_view record, model::SchedulerConfig& row) {
  return decode(record, row);
}
template <>
Status decode_row(std::string_view record, model::Market& row) {
  return decode(record, row);
}
template <>
Status decode_row(std::string_view record, TableIndexes& row) {
  return decode(record, row);
}

}  // namespace drover::state
