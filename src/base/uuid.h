#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace drover {

// A UUID in 16 bytes. Ordered as its text is, so that a prefix of the text is a range. All zero means "none", whose
// text is empty.
struct Uuid {
  uint64_t hi = 0;
  uint64_t lo = 0;

  bool empty() const { return hi == 0 && lo == 0; }
  // 36 lower-case characters, or "" for none.
  std::string str() const;
  // The first 8 characters, as people see them.
  std::string short_str() const { return str().substr(0, 8); }

  static std::optional<Uuid> parse(std::string_view text);

  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

// All UUIDs whose text starts with a prefix: [first, last].
struct UuidRange {
  Uuid first;
  Uuid last;
};

// Nothing if the prefix cannot start a UUID. The empty prefix is every UUID.
std::optional<UuidRange> uuid_prefix_range(std::string_view prefix);

// A UUID of one meaning: using AllocId = StrongUuid<struct AllocIdTag>;
template <class Tag>
struct StrongUuid {
  Uuid value;

  StrongUuid() = default;
  explicit StrongUuid(Uuid v) : value(v) {}

  bool empty() const { return value.empty(); }
  std::string str() const { return value.str(); }
  std::string short_str() const { return value.short_str(); }

  static std::optional<StrongUuid> parse(std::string_view text) {
    const auto uuid = Uuid::parse(text);
    if (!uuid) return std::nullopt;
    return StrongUuid(*uuid);
  }

  friend auto operator<=>(const StrongUuid&, const StrongUuid&) = default;
};

}  // namespace drover

template <>
struct std::hash<drover::Uuid> {
  size_t operator()(const drover::Uuid& id) const noexcept { return id.hi ^ (id.lo * 0x9e3779b97f4a7c15ULL); }
};

template <class Tag>
struct std::hash<drover::StrongUuid<Tag>> {
  size_t operator()(const drover::StrongUuid<Tag>& id) const noexcept { return std::hash<drover::Uuid>()(id.value); }
};
