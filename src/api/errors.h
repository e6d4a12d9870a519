#pragma once

#include "base/diagnostics.h"
#include "base/error.h"
#include "net/http.h"

namespace drover::api {

// Which status an error becomes: the only place that decides it. The body is the message, as plain text.
int status_of(ErrorCode code);
net::HttpResponse error_response(const Error& error);

// What Nomad answers 500 to: a job that can be read but is not valid.
Error refused_job(const Error& error);

}  // namespace drover::api
