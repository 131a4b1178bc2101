#include "service/job_queue.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "service/call_log.h"
#include "service/convert.h"
#include "service/pending_jobs.h"
#include "service/resource_name.h"
#include "service/unix_time.h"

namespace fanin::service {
namespace {

constexpr size_t kJobsKept = 100;
// A job that servers began so often without ending it is not begun again: it may be what ends them.
constexpr int kMaxBegun = 3;

}  // namespace

Job::Job(std::string name, IndexJobRequest request) : name_(std::move(name)), request_(std::move(request)) {
  state_.set_name(name_);
  state_.set_state(v1::Job::STATE_QUEUED);
  *state_.mutable_create_time() = TimestampOf(NowUnixMs());
}

v1::Job Job::Describe() const {
  std::lock_guard lock(mutex_);
  return state_;
}

bool Job::ended() const {
  std::lock_guard lock(mutex_);
  return state_.has_end_time();
}

base::Status Job::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

std::vector<v1::Job> Job::WaitForStates(Place& place, std::chrono::milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, at_most, [&] { return version_ != place.version; })) return {};
  std::vector<v1::Job> states(passed_.begin() + static_cast<std::ptrdiff_t>(place.passed), passed_.end());
  states.push_back(state_);
  place = {version_, passed_.size()};
  return states;
}

void Job::Update(const std::function<void()>& change) {
  {
    std::lock_guard lock(mutex_);
    v1::Job before = state_;
    change();
    const bool is_next_phase =
        before.state() != state_.state() || before.progress().phase() != state_.progress().phase();
    if (is_next_phase) passed_.push_back(std::move(before));
    ++version_;
  }
  changed_.notify_all();
}

bool Job::Cancel() {
  std::lock_guard lock(mutex_);
  if (state_.has_end_time()) return false;
  cancel_ = true;
  return true;
}

void Job::Run(Engine& engine) {
  Update([&] { state_.set_state(v1::Job::STATE_RUNNING); });
  const auto on_progress = [this](const v1::IndexProgress& progress) {
    bool go_on = true;
    Update([&] {
      *state_.mutable_progress() = progress;
      go_on = !cancel_;
    });
    return go_on;
  };
  IndexJobRequest request = request_;
  request.superseded = [this] { return superseded_.load(); };
  base::Result<v1::IndexSummary> result = IndexJob(engine, std::move(request), on_progress).Run();
  if (!result && result.error().code == base::Code::kDataLoss) engine.store().NoteDamage(result.error().message);
  Update([&] {
    *state_.mutable_end_time() = TimestampOf(NowUnixMs());
    state_.clear_progress();
    if (result) {
      state_.set_state(v1::Job::STATE_SUCCEEDED);
      *state_.mutable_summary() = std::move(*result);
      return;
    }
    status_ = std::unexpected(result.error());
    const bool cancelled = result.error().code == base::Code::kCancelled;
    state_.set_state(cancelled ? v1::Job::STATE_CANCELLED : v1::Job::STATE_FAILED);
    state_.set_error_code(static_cast<int32_t>(result.error().code));
    state_.set_error_message(result.error().message);
  });
}

JobQueue::JobQueue(Engine& engine, const Options& options)
    : engine_(engine),
      options_(options),
      next_number_(static_cast<uint64_t>(NowUnixMs())),  // so that names of earlier runs are not used again
      worker_([this](std::stop_token stop) { Work(std::move(stop)); }) {
  if (options_.resume) ResumePending();
}

void JobQueue::ResumePending() {
  for (const PendingJob& pending : ReadPendingJobs(engine_.data_dir())) {
    base::Result<IndexJobRequest> request = ToJobRequest(pending.request);
    const bool exists = request && engine_.store().GetRepository(request->repository);
    if (!exists) continue;  // deleted meanwhile
    const std::string repository = request->repository;
    if (pending.begun >= kMaxBegun) {
      LOG(ERROR) << "event=job_given_up repository=" << repository << " begun=" << pending.begun
                 << " message=\"it never ended; index it again by hand\"";
      continue;
    }
    if (const auto job = Start(*std::move(request), pending.begun); job) {
      LOG(INFO) << "event=job_resumed job=" << (*job)->name() << " begun=" << pending.begun;
    } else {
      LOG(WARNING) << "event=job_not_resumed repository=" << repository;
    }
  }
  SavePending();
}

void JobQueue::SavePending() {
  if (!options_.resume) return;
  std::lock_guard saving(pending_mutex_);
  std::vector<PendingJob> pending;
  {
    std::lock_guard lock(mutex_);
    if (running_ != nullptr) pending.push_back({ToProto(running_->request()), running_->begun()});
    for (const std::shared_ptr<Job>& job : waiting_) pending.push_back({ToProto(job->request()), job->begun()});
  }
  if (const base::Status saved = WritePendingJobs(engine_.data_dir(), pending); !saved) {
    LOG(WARNING) << "event=pending_jobs code=" << base::CodeName(saved.error().code)
                 << " message=" << Quoted(saved.error().message + "; a restart will not go on with them");
  }
}

JobQueue::~JobQueue() {
  std::lock_guard lock(mutex_);
  worker_.request_stop();
  if (running_ != nullptr) running_->Cancel();
}

base::Result<std::shared_ptr<Job>> JobQueue::Start(IndexJobRequest request, int begun) {
  std::unique_lock lock(mutex_);
  for (const std::shared_ptr<Job>& job : waiting_) {
    if (job->request().Joins(request)) return job;
  }
  if (waiting_.size() >= options_.max_waiting) {
    return base::Fail(base::Code::kResourceExhausted,
                      std::to_string(waiting_.size()) + " indexing jobs wait already; try again when some have ended");
  }
  std::string name = RepositoryName(request.repository) + "/jobs/" + std::to_string(next_number_++);
  auto job = std::make_shared<Job>(name, std::move(request));
  if (running_ != nullptr && running_->request().repository == job->request().repository) running_->Supersede();
  job->SetBegun(begun);
  by_name_.emplace(std::move(name), job);
  waiting_.push_back(job);
  queued_.notify_one();
  lock.unlock();
  SavePending();
  return job;
}

std::vector<std::shared_ptr<Job>> JobQueue::List(size_t max_ended) const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Job>> jobs;
  if (running_ != nullptr) jobs.push_back(running_);
  jobs.insert(jobs.end(), waiting_.begin(), waiting_.end());
  for (auto name = ended_.rbegin(); name != ended_.rend() && max_ended > 0; ++name, --max_ended) {
    if (const auto job = by_name_.find(*name); job != by_name_.end()) jobs.push_back(job->second);
  }
  return jobs;
}

size_t JobQueue::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

base::Result<std::shared_ptr<Job>> JobQueue::Find(std::string_view name) const {
  std::lock_guard lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    return base::Fail(base::Code::kNotFound, "no job " + std::string(name) + "; jobs are known until the server stops");
  }
  return found->second;
}

std::shared_ptr<Job> JobQueue::Current(std::string_view repository) const {
  std::lock_guard lock(mutex_);
  for (const auto& [name, job] : by_name_) {
    if (job->request().repository == repository && !job->ended()) return job;
  }
  return nullptr;
}

bool JobQueue::RunIfIdle(const std::function<void()>& work) {
  std::unique_lock exclusive(exclusive_, std::try_to_lock);
  if (!exclusive.owns_lock()) return false;
  work();
  return true;
}

void JobQueue::Work(std::stop_token stop) {
  while (true) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      if (!queued_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
      if (stop.stop_requested()) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
      running_ = job;
      job->SetBegun(job->begun() + 1);
    }
    SavePending();
    LOG(INFO) << "event=job_start job=" << job->name();
    {
      std::lock_guard exclusive(exclusive_);
      job->Run(engine_);
    }
    if (const base::Status status = job->status(); status) {
      LOG(INFO) << "event=job_end job=" << job->name() << " code=OK";
    } else {
      LOG(WARNING) << "event=job_end job=" << job->name() << " code=" << base::CodeName(status.error().code)
                   << " message=" << Quoted(status.error().message);
    }
    if (stop.stop_requested()) return;  // stopped, not ended: the next server goes on with it
    {
      std::lock_guard lock(mutex_);
      running_ = nullptr;
      ended_.push_back(job->name());
      if (ended_.size() > kJobsKept) {
        by_name_.erase(ended_.front());
        ended_.pop_front();
      }
    }
    SavePending();
  }
}

}  // namespace fanin::service
