#include "cli/output_format.h"

namespace drover::cli {

Result<OutputFormat> output_format(const Session& session) {
  const std::string format = session.args.get("format");
  if (session.args.on("json") || format == "json") {
    if (!session.args.on("verbose")) return OutputFormat::Json;
    return err(ErrorCode::InvalidArgument, "-verbose is for -format text");
  }
  if (format.empty() || format == "text") return OutputFormat::Text;
  return err(ErrorCode::InvalidArgument, "-format is text or json, not \"{}\"", safe_text(format));
}

Result<int> in_format(const Session& session, Result<int> outcome) {
  if (outcome) return outcome;
  const auto format = output_format(session);
  if (format && *format == OutputFormat::Json) {
    print_json(session.console, codec::Value::Object{{"isError", true}, {"msg", outcome.error().message()}});
  }
  return outcome;
}

}  // namespace drover::cli
