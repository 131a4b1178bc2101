// What a debug task's names and messages mean in a repository.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "fanin/v1/context.pb.h"
#include "graph/occurrence.h"
#include "graph/snapshot.h"
#include "retriever/debug.h"

namespace fanin::service {

// Fills failing, passing, named and text of the request, whose wave is set if there is one; tells in the response what
// each symptom was taken for, and warns where a name is ambiguous (all that it may mean is taken) or was found only
// without its first components (those of a test bench that is not indexed). Errors: NOT_FOUND for a signal or assertion
// that the task names. Names in logs that nothing fits are words to search by.
base::Status FindSymptoms(const graph::Snapshot& snapshot, const v1::DebugTask& task, retriever::DebugRequest& request,
                          v1::AssembleContextResponse& response);

// Lines of a diff by the paths of the snapshot's files: a diff's path may begin above the repository's folder.
retriever::ChangedLines PlaceChanges(const graph::Snapshot& snapshot, const retriever::ChangedLines& changes);

}  // namespace fanin::service
