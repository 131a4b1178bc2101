#include "service/version.h"

namespace fanin::service {

std::string_view Version() { return FANIN_VERSION; }

}  // namespace fanin::service
