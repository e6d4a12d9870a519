#pragma once

#include "expose/route.h"
#include "net/http.h"

namespace drover::expose {

// Why there is no answer: a page that loads itself again for browsers, JSON for everybody else. 503 has a Retry-After.
net::HttpResponse reason_response(const Route& route, const net::HttpHeaders& request);

}  // namespace drover::expose
