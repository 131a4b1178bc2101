// JobQueue: indexing jobs, run one after the other on one thread, and what can be asked of them while and after they
// run.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/error.h"
#include "fanin/v1/repository.pb.h"
#include "service/engine.h"
#include "service/index_job.h"

namespace fanin::service {

// One job. Thread-safe.
class Job {
 public:
  Job(std::string name, IndexJobRequest request);

  const std::string& name() const { return name_; }
  const IndexJobRequest& request() const { return request_; }
  v1::Job Describe() const;
  bool ended() const;
  // The error of a failed or cancelled job.
  base::Status status() const;

  // How far a follower has come.
  struct Place {
    uint64_t version = 0;
    size_t passed = 0;
  };
  // Waits until the job has changed since `place` (a new one: returns at once) or the time is up, and moves `place` on.
  // Returns the last state of each phase that has passed since, however short it was, then the present state; empty:
  // nothing changed.
  std::vector<v1::Job> WaitForStates(Place& place, std::chrono::milliseconds at_most) const;

  // Asks the job to stop. Returns false when it has ended already.
  bool Cancel();

  // For the queue: how often servers began it, this one included.
  int begun() const { return begun_; }
  void SetBegun(int begun) { begun_ = begun; }
  // For the queue: a newer job of the repository waits.
  void Supersede() { superseded_ = true; }
  // For the queue: runs it, unless it was cancelled before.
  void Run(Engine& engine);

 private:
  void Update(const std::function<void()>& change);

  const std::string name_;
  const IndexJobRequest request_;
  std::atomic<bool> superseded_ = false;
  std::atomic<int> begun_ = 0;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  // Guarded by mutex_.
  v1::Job state_;
  base::Status status_;
  bool cancel_ = false;
  uint64_t version_ = 1;
  std::vector<v1::Job> passed_;  // the last state of each phase before the present one
};

// Thread-safe. Ends with the queue: the running job is stopped, waiting ones never start.
class JobQueue {
 public:
  struct Options {
    size_t max_waiting = SIZE_MAX;
    // Of a server: jobs that have not ended are kept in the data directory (service/pending_jobs.h), and those that are
    // kept there begin when the queue is made.
    bool resume = false;
  };

  // The engine must outlive the queue.
  JobQueue(Engine& engine, const Options& options);
  ~JobQueue();

  // Queues a job, or returns the one that waits for the same. One that runs already may have seen an older state: it is
  // not joined, and no longer kept from the next by making vectors. Errors: RESOURCE_EXHAUSTED where too many wait.
  base::Result<std::shared_ptr<Job>> Start(IndexJobRequest request) { return Start(std::move(request), 0); }
  // Errors: NOT_FOUND.
  base::Result<std::shared_ptr<Job>> Find(std::string_view name) const;
  // The job that is queued or running for a repository; null: none.
  std::shared_ptr<Job> Current(std::string_view repository) const;
  // Those that wait or run, then the last ended ones, at most so many of these.
  std::vector<std::shared_ptr<Job>> List(size_t max_ended) const;
  size_t waiting() const;
  // Runs `work` while no job runs, or returns false at once when one does.
  bool RunIfIdle(const std::function<void()>& work);

 private:
  void Work(std::stop_token stop);
  base::Result<std::shared_ptr<Job>> Start(IndexJobRequest request, int begun);
  void ResumePending();
  // Brings the file of pending jobs up to date. REQUIRES: mutex_ not held.
  void SavePending();

  Engine& engine_;
  const Options options_;
  std::mutex pending_mutex_;  // held while that file is written

  mutable std::mutex mutex_;
  std::condition_variable_any queued_;
  // Guarded by mutex_.
  std::deque<std::shared_ptr<Job>> waiting_;
  std::shared_ptr<Job> running_;
  std::map<std::string, std::shared_ptr<Job>, std::less<>> by_name_;  // the last kJobsKept ended ones too
  std::deque<std::string> ended_;                                     // oldest first
  uint64_t next_number_;

  // Held while a job, or work that must not run beside one, runs.
  std::mutex exclusive_;

  std::jthread worker_;  // last: it uses all of the above
};

}  // namespace fanin::service
