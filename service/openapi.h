// The OpenAPI document of the HTTP interface, proto/openapi.json, as text. proto/make_openapi.py writes it.
#pragma once

#include <string_view>

namespace fanin::service {

std::string_view OpenApiDocument();

}  // namespace fanin::service
