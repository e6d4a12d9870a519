#include "cli/plan_diff.h"

#include "base/strings.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace drover::cli {
namespace {

struct Mark {
  std::string_view sign;
  Colour colour;
};

Mark mark_of(const Json& diff) {
  const std::string type = diff["Type"].raw();
  if (type == "Added") return {"+ ", Colour::Green};
  if (type == "Deleted") return {"- ", Colour::Red};
  if (type == "Edited") return {"+/- ", Colour::Yellow};
  return {"", Colour::Plain};
}

// "Edited" has the widest mark: shorter ones are followed by spaces, so that names stand below each other.
size_t mark_width(const Json& diff) {
  return mark_of(diff).sign.size();
}

// The columns of some parts that stand below each other.
struct Columns {
  size_t mark = 0;
  size_t name = 0;  // of the fields

  void fit_mark(const Json& part) { mark = std::max(mark, mark_width(part)); }
  size_t after_mark(const Json& part) const { return mark - std::min(mark, mark_width(part)); }
};

class DiffText {
 public:
  DiffText(const Console& console, DiffDetail detail) : console_(console), detail_(detail) {}

  std::string take() { return join(lines_, "\n"); }

  void add_job(const Json& job) {
    Columns columns = columns_of(job);
    for (const Json& group : job["TaskGroups"].items()) columns.fit_mark(group);
    head(job, 0, 0, fmt::format("Job: \"{}\"", job["ID"].text()), "");
    if (is_open(job)) body(job, 0, columns);
    bool first = true;
    for (const Json& group : job["TaskGroups"].items()) {
      if (!std::exchange(first, false)) lines_.emplace_back();
      add_group(group, columns.after_mark(group));
    }
  }

 private:
  // Whether what is inside a job, a group or a task is shown.
  bool is_open(const Json& diff) const { return diff["Type"].raw() == "Edited" || detail_ == DiffDetail::Expanded; }

  static Columns columns_of(const Json& diff) {
    Columns columns;
    for (const Json& field : diff["Fields"].items()) {
      columns.fit_mark(field);
      columns.name = std::max(columns.name, field["Name"].text().size());
    }
    for (const Json& object : diff["Objects"].items()) columns.fit_mark(object);
    return columns;
  }

  void head(const Json& diff, size_t margin, size_t padding, const std::string& text, const std::string& remark) {
    const Mark mark = mark_of(diff);
    lines_.push_back(std::string(margin, ' ') + console_.paint(mark.colour, mark.sign) + std::string(padding, ' ') +
                     console_.paint(Colour::Bold, text) + remark);
  }

  void add_group(const Json& group, size_t padding) {
    head(group, 0, padding, fmt::format("Task Group: \"{}\"", group["Name"].text()), updates(group["Updates"]));
    const size_t margin = padding + 2;
    Columns columns = columns_of(group);
    for (const Json& task : group["Tasks"].items()) columns.fit_mark(task);
    if (is_open(group)) body(group, margin, columns);
    for (const Json& task : group["Tasks"].items()) add_task(task, margin, columns.after_mark(task));
  }

  void add_task(const Json& task, size_t margin, size_t padding) {
    head(task, margin, padding, fmt::format("Task: \"{}\"", task["Name"].text()), annotations(task["Annotations"]));
    if (is_open(task)) body(task, margin + 2, columns_of(task));
  }

  void body(const Json& diff, size_t margin, const Columns& columns) {
    for (const Json& field : diff["Fields"].items()) add_field(field, margin, columns);
    for (const Json& object : diff["Objects"].items()) add_object(object, margin, columns.after_mark(object));
  }

  void add_object(const Json& object, size_t margin, size_t padding) {
    const Mark mark = mark_of(object);
    lines_.push_back(fmt::format("{}{}{}{} {{", std::string(margin, ' '), console_.paint(mark.colour, mark.sign),
                                 std::string(padding, ' '), object["Name"].text()));
    body(object, margin + padding + 2, columns_of(object));
    lines_.push_back(std::string(margin + mark.sign.size() + padding, ' ') + "}");
  }

  void add_field(const Json& field, size_t margin, const Columns& columns) {
    const Mark mark = mark_of(field);
    const std::string name = field["Name"].text();
    const size_t gap = columns.name - std::min(columns.name, name.size());
    lines_.push_back(fmt::format("{}{}{}{}: {}{}{}", std::string(margin, ' '), console_.paint(mark.colour, mark.sign),
                                 std::string(columns.after_mark(field), ' '), name, std::string(gap, ' '),
                                 change_of(field), annotations(field["Annotations"])));
  }

  static std::string change_of(const Json& field) {
    const std::string before = field["Old"].text();
    const std::string after = field["New"].text();
    const std::string type = field["Type"].raw();
    if (type == "Edited") return fmt::format("\"{}\" => \"{}\"", before, after);
    return fmt::format("\"{}\"", type == "Deleted" ? before : after);
  }

  std::string annotations(const Json& list) const {
    std::vector<std::string> parts;
    for (const Json& item : list.items()) parts.push_back(console_.paint(annotation_colour(item.text()), item.text()));
    return parts.empty() ? "" : fmt::format(" ({})", join(parts, ", "));
  }

  std::string updates(const Json& counts) const {
    std::map<std::string, int64_t> by_name;
    for (const auto& [name, count] : counts.members()) by_name.emplace(name, count.integer());
    std::vector<std::string> parts;
    for (const auto& [name, count] : by_name) {
      if (count != 0) parts.push_back(console_.paint(annotation_colour(name), fmt::format("{} {}", count, name)));
    }
    return parts.empty() ? "" : fmt::format(" ({})", join(parts, ", "));
  }

  static Colour annotation_colour(std::string_view what) {
    if (what.ends_with("create")) return Colour::Green;
    if (what.ends_with("create/destroy update")) return Colour::Yellow;
    if (what.ends_with("destroy")) return Colour::Red;
    if (what.ends_with("in-place update") || what.ends_with("migrate")) return Colour::Cyan;
    if (what.ends_with("canary")) return Colour::Yellow;
    return Colour::Plain;
  }

  const Console& console_;
  DiffDetail detail_;
  std::vector<std::string> lines_;
};

}  // namespace

std::string format_job_diff(const Console& console, const Json& diff, DiffDetail detail) {
  DiffText text(console, detail);
  text.add_job(diff);
  return text.take();
}

}  // namespace drover::cli
