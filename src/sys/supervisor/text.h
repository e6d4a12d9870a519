#pragma once

#include <stdint.h>

// Text in a fixed buffer, NUL-terminated; what does not fit is cut off.
class Text {
 public:
  Text& add(const char* s) {
    while (*s) put(*s++);
    return *this;
  }
  Text& add(uint64_t number) {
    char digits[20];
    int count = 0;
    do digits[count++] = static_cast<char>('0' + number % 10);
    while (number /= 10);
    while (count) put(digits[--count]);
    return *this;
  }
  Text& add_signed(int64_t number) {
    if (number < 0) put('-');
    return add(number < 0 ? -static_cast<uint64_t>(number) : static_cast<uint64_t>(number));
  }

  const char* c_str() const { return buffer_; }
  unsigned size() const { return size_; }

 private:
  void put(char c) {
    if (size_ + 1 < sizeof buffer_) buffer_[size_++] = c;
  }

  char buffer_[512] = {};
  unsigned size_ = 0;
};

// If `text` starts with `prefix`, the rest of it; else nullptr.
inline const char* after_prefix(const char* text, const char* prefix) {
  while (*prefix) {
    if (*text++ != *prefix++) return nullptr;
  }
  return text;
}

// The number that is the whole of the text up to a NUL, a space or a newline; false if there is none below 2^32.
inline bool parse_number(const char* text, uint64_t& number) {
  number = 0;
  const char* p = text;
  for (; *p >= '0' && *p <= '9'; p++) {
    number = number * 10 + static_cast<uint64_t>(*p - '0');
    if (number > 0xffffffff) return false;
  }
  return p != text && (*p == 0 || *p == ' ' || *p == '\n');
}
