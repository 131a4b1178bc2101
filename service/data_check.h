// CheckData: reads and verifies what an engine's data directory holds.
#pragma once

#include "base/error.h"
#include "fanin/v1/repository_service.pb.h"
#include "service/engine.h"

namespace fanin::service {

// Every snapshot's manifest, the texts, shards and link sets that it names (present, and equal to their digest), the
// rows of its segments (readable), its vector files (present, undamaged). Finds go into the answer; an
// error is returned only when the list of repositories cannot be read. Cost: one read of all live data.
base::Result<v1::CheckDataResponse> CheckStoredData(Engine& engine);

}  // namespace fanin::service
