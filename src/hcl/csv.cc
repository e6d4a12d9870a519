#include "hcl/csv.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace drover::hcl {
namespace {

using Record = std::vector<std::string>;

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  // The next line that is not empty; nothing at the end.
  Result<std::optional<Record>> next() {
    while (skip_line_end()) {
    }
    if (at_ == text_.size()) return std::optional<Record>();
    Record record;
    for (;;) {
      TRY_LET(std::string field, at() == '"' ? quoted_field() : plain_field());
      record.push_back(std::move(field));
      if (at() == ',') {
        ++at_;
        continue;
      }
      if (at_ < text_.size() && !skip_line_end()) return fail("expected a comma after a quoted field");
      return std::optional(std::move(record));
    }
  }

  tl::unexpected<Error> fail(std::string_view message) const {
    return err(ErrorCode::InvalidArgument, "line {}: {}", line_, message);
  }

 private:
  char at() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  size_t line_end() const {
    const std::string_view rest = text_.substr(at_);
    return rest.starts_with("\n") ? 1 : rest.starts_with("\r\n") ? 2 : rest == "\r" ? 1 : 0;
  }

  bool skip_line_end() {
    const size_t size = line_end();
    at_ += size;
    if (size > 0) ++line_;
    return size > 0;
  }

  Result<std::string> plain_field() {
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ',' && line_end() == 0) {
      if (text_[at_] == '"') return fail("a quote \" within a field that does not begin with one");
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  // Two quotes stand for one.
  Result<std::string> quoted_field() {
    std::string out;
    for (++at_; at_ < text_.size();) {
      if (text_[at_] == '"') {
        ++at_;
        if (at() != '"') return out;
        out += '"';
        ++at_;
      } else if (line_end() > 0) {
        out += '\n';
        skip_line_end();
      } else {
        out += text_[at_++];
      }
    }
    return fail("a quoted field is not closed");
  }

  const std::string_view text_;
  size_t at_ = 0;
  size_t line_ = 1;
};

}  // namespace

Result<Value> from_csv(std::string_view text, Budget& budget) {
  CsvReader reader(text);
  TRY_LET(const std::optional<Record> names, reader.next());
  if (!names) return err(ErrorCode::InvalidArgument, "the first line, which names the columns, is missing");
  if (std::set<std::string>(names->begin(), names->end()).size() < names->size()) {
    return reader.fail("two columns have the same name");
  }
  Value::List out;
  for (;;) {
    TRY_LET(std::optional<Record> record, reader.next());
    if (!record) return Value(std::move(out));
    if (record->size() != names->size()) return reader.fail("the line has not as many fields as there are columns");
    TRY(budget.charge_steps(1 + record->size()));
    Object row;
    for (size_t i = 0; i < names->size(); ++i) row.set((*names)[i], std::move((*record)[i]));
    out.emplace_back(std::move(row));
    TRY(budget.charge_bytes(2 * out.back().weight()));  // The caller's charge comes after all are in memory.
  }
}

}  // namespace drover::hcl
