#include "cli/output_format.h"

namespace drover::cli {

Result<OutputFormat> output_format(const Session& session) {
  const std::string format = session.args.get("format");
  if (session.args.on("json") || format == "json") return OutputFormat::Json;
  if (format.empty() || format == "text") return OutputFormat::Text;
  return err(ErrorCode::InvalidArgument, "-format is text or json, not \"{}\"", safe_text(format));
}

}  // namespace drover::cli
