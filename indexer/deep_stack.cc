#include "indexer/deep_stack.h"

#include <pthread.h>

#include <cstddef>
#include <string>
#include <system_error>

namespace fanin::indexer {
namespace {

constexpr size_t kStackBytes = size_t{1} << 30;

void* Run(void* work) {
  (*static_cast<const std::function<void()>*>(work))();
  return nullptr;
}

}  // namespace

base::Status RunOnDeepStack(const std::function<void()>& work) {
  pthread_attr_t attributes;
  FANIN_CHECK(pthread_attr_init(&attributes) == 0);
  FANIN_CHECK(pthread_attr_setstacksize(&attributes, kStackBytes) == 0);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, Run, const_cast<void*>(static_cast<const void*>(&work)));
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    return base::Fail(base::Code::kResourceExhausted,
                      "no thread with a deep stack: " + std::generic_category().message(error));
  }
  FANIN_CHECK(pthread_join(thread, nullptr) == 0);
  return {};
}

}  // namespace fanin::indexer
