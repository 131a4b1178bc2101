// Small things that the methods of LocalApi share.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "fanin/v1/context.pb.h"
#include "graph/snapshot.h"
#include "retriever/retriever.h"
#include "service/api.h"
#include "service/resource_name.h"

namespace fanin::service {

// The name of a design that asks for none.
inline constexpr std::string_view kNoDesign = "-";

// Milliseconds since its construction.
class Stopwatch {
 public:
  double Milliseconds() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// A field of a request, where 0 means its default.
inline uint32_t OrDefault(uint32_t value, uint32_t default_value) { return value == 0 ? default_value : value; }

inline std::string SnapshotNameOf(const graph::Snapshot& snapshot) {
  return SnapshotName(snapshot.manifest().repository, snapshot.manifest().snapshot);
}

v1::ContextSnippet ToProto(const retriever::ContextSnippet& snippet);  // local_api_context.cc

// A validated request with a question, on opened indexes (local_api_question.cc).
base::Result<v1::AssembleContextResponse> AnswerQuestion(
    const retriever::Retriever& retriever, std::span<const std::shared_ptr<const retriever::SearchIndex>> indexes,
    const v1::AssembleContextRequest& request, const CallContext& context);

}  // namespace fanin::service
