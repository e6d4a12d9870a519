#include "cli/plan_diff.h"

#include "base/strings.h"

#include <algorithm>
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

class DiffText {
 public:
  DiffText(const Console& console, DiffDetail detail) : console_(console), detail_(detail) {}

  std::string take() { return join(lines_, "\n"); }

  void add_job(const Json& job) {
    head(job, 0, fmt::format("Job: \"{}\"", job["ID"].text()));
    body(job, 0);
    for (const Json& group : job["TaskGroups"].items()) add_group(group);
  }

 private:
  static bool is_whole(const Json& diff) { return diff["Type"].raw() == "Added" || diff["Type"].raw() == "Deleted"; }
  bool shown(const Json& diff) const { return detail_ == DiffDetail::Everything || !mark_of(diff).sign.empty(); }

  void head(const Json& diff, size_t depth, const std::string& text) {
    const Mark mark = mark_of(diff);
    lines_.push_back(std::string(depth, ' ') + console_.paint(mark.colour, mark.sign) +
                     console_.paint(Colour::Bold, text));
  }

  void add_group(const Json& group) {
    if (!shown(group) && group["Updates"].size() == 0) return;
    head(group, 0, fmt::format("Task Group: \"{}\"", group["Name"].text()) + updates(group["Updates"]));
    body(group, 2);
    for (const Json& task : group["Tasks"].items()) {
      if (!shown(task) && task["Annotations"].size() == 0) continue;
      head(task, 2, fmt::format("Task: \"{}\"", task["Name"].text()) + annotations(task["Annotations"]));
      // The fields of a whole task say nothing that the job file does not say.
      if (!is_whole(task) || detail_ == DiffDetail::Everything) body(task, 4);
    }
  }

  void body(const Json& diff, size_t depth) {
    size_t width = 0;
    const auto label_width = [](const Json& part) { return mark_of(part).sign.size() + part["Name"].text().size(); };
    for (const Json& field : diff["Fields"].items()) {
      if (shown(field)) width = std::max(width, label_width(field));
    }
    for (const Json& field : diff["Fields"].items()) {
      if (shown(field)) add_field(field, depth, width - label_width(field));
    }
    for (const Json& object : diff["Objects"].items()) {
      if (!shown(object)) continue;
      const Mark mark = mark_of(object);
      const std::string margin(depth, ' ');
      lines_.push_back(fmt::format("{}{}{} {{", margin, console_.paint(mark.colour, mark.sign), object["Name"].text()) +
                       annotations(object["Annotations"]));
      body(object, depth + 2);
      lines_.push_back(margin + "}");
    }
  }

  void add_field(const Json& field, size_t depth, size_t padding) {
    const Mark mark = mark_of(field);
    const std::string before = field["Old"].text();
    const std::string after = field["New"].text();
    const std::string type = field["Type"].raw();
    const std::string value = type == "Edited"    ? fmt::format("\"{}\" => \"{}\"", before, after)
                              : type == "Deleted" ? fmt::format("\"{}\"", before)
                                                  : fmt::format("\"{}\"", after);
    lines_.push_back(fmt::format("{}{}{}: {}{}", std::string(depth, ' '), console_.paint(mark.colour, mark.sign),
                                 field["Name"].text(), std::string(padding, ' '), value) +
                     annotations(field["Annotations"]));
  }

  std::string annotations(const Json& list) const {
    std::vector<std::string> parts;
    for (const Json& item : list.items()) parts.push_back(console_.paint(annotation_colour(item.text()), item.text()));
    return parts.empty() ? "" : fmt::format(" ({})", join(parts, ", "));
  }

  std::string updates(const Json& counts) const {
    std::vector<std::string> parts;
    for (const auto& [name, count] : counts.members()) {
      if (count.integer() == 0) continue;
      parts.push_back(console_.paint(annotation_colour(name), fmt::format("{} {}", count.integer(), name)));
    }
    return parts.empty() ? "" : fmt::format(" ({})", join(parts, ", "));
  }

  static Colour annotation_colour(std::string_view what) {
    if (what.ends_with("create")) return Colour::Green;
    if (what.ends_with("create/destroy update")) return Colour::Yellow;
    if (what.ends_with("destroy")) return Colour::Red;
    if (what.ends_with("in-place update") || what.ends_with("migrate")) return Colour::Cyan;
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
