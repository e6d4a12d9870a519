#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// The primitives of the binary record. Varints are little-endian groups of 7 bits; zigzag maps small negative numbers
// to small varints.
namespace drover::codec::wire {

enum class Type : uint8_t {
  Varint = 0,
  Fixed64 = 1,  // 8 bytes, little-endian
  Bytes = 2,    // varint length, then as many bytes
  Absent = 3,   // no payload: an optional that is empty although its default is not
  Fixed128 = 4  // 16 bytes, big-endian
};

inline uint64_t zigzag(int64_t n) {
  return (static_cast<uint64_t>(n) << 1) ^ static_cast<uint64_t>(n >> 63);
}

inline int64_t unzigzag(uint64_t n) {
  return static_cast<int64_t>((n >> 1) ^ (~(n & 1) + 1));
}

inline void put_varint(std::string& out, uint64_t n) {
  while (n >= 0x80) {
    out += static_cast<char>(n | 0x80);
    n >>= 7;
  }
  out += static_cast<char>(n);
}

inline void put_fixed64(std::string& out, uint64_t n) {
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(n >> shift);
}

inline void put_big_endian(std::string& out, uint64_t n) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift);
}

inline void put_bytes(std::string& out, std::string_view bytes) {
  put_varint(out, bytes.size());
  out += bytes;
}

// Puts the length of what was appended since `start` in front of it.
inline void insert_length(std::string& out, size_t start) {
  std::string length;
  put_varint(length, out.size() - start);
  out.insert(start, length);
}

// Takes primitives off the front of a record. Each reader returns false, and takes nothing further, if too little is
// left or what is there is malformed.
class Reader {
 public:
  explicit Reader(std::string_view left) : left_(left) {}

  bool done() const { return left_.empty(); }
  size_t left() const { return left_.size(); }

  [[nodiscard]] bool varint(uint64_t& n) {
    n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (left_.empty()) return false;
      const auto byte = static_cast<uint8_t>(left_.front());
      left_.remove_prefix(1);
      if (shift == 63 && byte > 1) return false;
      n |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  [[nodiscard]] bool take(size_t count, std::string_view& bytes) {
    if (count > left_.size()) return false;
    bytes = left_.substr(0, count);
    left_.remove_prefix(count);
    return true;
  }

  [[nodiscard]] bool bytes(std::string_view& bytes) {
    uint64_t length = 0;
    return varint(length) && length <= left_.size() && take(static_cast<size_t>(length), bytes);
  }

  [[nodiscard]] bool fixed64(uint64_t& n) {
    std::string_view bytes;
    if (!take(8, bytes)) return false;
    n = 0;
    for (size_t i = 8; i-- > 0;) n = n << 8 | static_cast<uint8_t>(bytes[i]);
    return true;
  }

  [[nodiscard]] bool big_endian(uint64_t& n) {
    std::string_view bytes;
    if (!take(8, bytes)) return false;
    n = 0;
    for (const char byte : bytes) n = n << 8 | static_cast<uint8_t>(byte);
    return true;
  }

  [[nodiscard]] bool skip(Type type) {
    uint64_t number = 0;
    std::string_view ignored;
    switch (type) {
      case Type::Varint:
        return varint(number);
      case Type::Fixed64:
        return take(8, ignored);
      case Type::Bytes:
        return bytes(ignored);
      case Type::Absent:
        return true;
      case Type::Fixed128:
        return take(16, ignored);
    }
    return false;
  }

 private:
  std::string_view left_;
};

}  // namespace drover::codec::wire
