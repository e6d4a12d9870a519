#pragma once

#include "base/result.h"
#include "codec/shared_pool.h"
#include "state/view.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

// How rows are stored. Keys sort as the tables do. These formats never change.
namespace drover::state {

// Both halves, big-endian.
std::string stored_key(const Uuid& id);
// "namespace NUL id"; neither holds a NUL.
std::string stored_key(const model::JobKey& key);
// The key of the job, NUL, the version as 8 bytes, big-endian.
std::string stored_key(const JobVersionKey& key);

// What cannot be told from the rows: the row kTableIndexesKey of Table::Meta.
struct TableIndexes {
  std::vector<uint64_t> indexes;  // by Table
};
void describe(codec::StructBuilder& d, TableIndexes& r);
inline constexpr const char* kTableIndexesKey = "table_indexes";

// The one row of Table::SchedulerConfig.
inline constexpr const char* kSchedulerConfigKey = "config";

std::string encode_row(const model::Node& row);
std::string encode_row(const model::Job& row);
std::string encode_row(const model::Evaluation& row);
std::string encode_row(const model::Allocation& row);
std::string encode_row(const model::ServiceRegistration& row);
std::string encode_row(const model::Deployment& row);
std::string encode_row(const model::PeriodicLaunch& row);
std::string encode_row(const model::JobScalingEvents& row);
std::string encode_row(const model::SchedulerConfig& row);
std::string encode_row(const model::Market& row);
std::string encode_row(const TableIndexes& row);

// Row is one of the types above. REQUIRES a default-constructed one.
Status decode_row(std::string_view record, model::Allocation& row, codec::SharedPool& pool);
template <class T>
Status decode_row(std::string_view record, T& row);

template <>
Status decode_row(std::string_view record, model::Node& row);
template <>
Status decode_row(std::string_view record, model::Job& row);
template <>
Status decode_row(std::string_view record, model::Evaluation& row);
template <>
Status decode_row(std::string_view record, model::Allocation& row);
template <>
Status decode_row(std::string_view record, model::ServiceRegistration& row);
template <>
Status decode_row(std::string_view record, model::Deployment& row);
template <>
Status decode_row(std::string_view record, model::PeriodicLaunch& row);
template <>
Status decode_row(std::string_view record, model::JobScalingEvents& row);
template <>
Status decode_row(std::string_view record, model::SchedulerConfig& row);
template <>
Status decode_row(std::string_view record, model::Market& row);
template <>
Status decode_row(std::string_view record, TableIndexes& row);

}  // namespace drover::state
