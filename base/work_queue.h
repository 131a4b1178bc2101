// Work spread over threads: one loop over an index range.
#pragma once

#include <cstddef>
#include <functional>

namespace fanin::base {

// Number of threads to use for CPU-bound work: the hardware's, at least 1.
size_t DefaultThreads();

// Calls body(worker, i) once for every i in [0, count), on up to `threads` threads; `worker` in [0, threads) says which
// (for per-worker scratch state). Items are taken in order, one at a time, so uneven items balance. Returns when all
// calls have returned. With threads <= 1 everything runs on the caller's thread. body must not throw.
void ParallelFor(size_t count, size_t threads, const std::function<void(size_t worker, size_t i)>& body);

}  // namespace fanin::base
