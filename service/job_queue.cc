#include "service/job_queue.h"

#include <glog/logging.h>

#include <utility>

#include "service/convert.h"
#include "service/resource_name.h"
#include "service/unix_time.h"

namespace fanin::service {
namespace {

constexpr size_t kJobsKept = 100;

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

bool Job::WaitForChange(uint64_t& version, std::chrono::milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  const bool changed = changed_.wait_for(lock, at_most, [&] { return version_ != version; });
  version = version_;
  return changed;
}

void Job::Update(const std::function<void()>& change) {
  {
    std::lock_guard lock(mutex_);
    change();
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

JobQueue::JobQueue(Engine& engine)
    : engine_(engine),
      next_number_(static_cast<uint64_t>(NowUnixMs())),  // so that names of earlier runs are not used again
      worker_([this](std::stop_token stop) { Work(std::move(stop)); }) {}

JobQueue::~JobQueue() {
  std::lock_guard lock(mutex_);
  worker_.request_stop();
  if (running_ != nullptr) running_->Cancel();
}

std::shared_ptr<Job> JobQueue::Start(IndexJobRequest request) {
  std::lock_guard lock(mutex_);
  for (const std::shared_ptr<Job>& job : waiting_) {
    if (job->request().Joins(request)) return job;
  }
  if (running_ != nullptr && running_->request().repository == request.repository) running_->Supersede();
  std::string name = RepositoryName(request.repository) + "/jobs/" + std::to_string(next_number_++);
  auto job = std::make_shared<Job>(name, std::move(request));
  by_name_.emplace(std::move(name), job);
  waiting_.push_back(job);
  queued_.notify_one();
  return job;
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
    }
    LOG(INFO) << "event=job_start job=" << job->name();
    {
      std::lock_guard exclusive(exclusive_);
      job->Run(engine_);
    }
    if (const base::Status status = job->status(); status) {
      LOG(INFO) << "event=job_end job=" << job->name() << " code=OK";
    } else {
      LOG(WARNING) << "event=job_end job=" << job->name() << " code=" << base::CodeName(status.error().code)
                   << " message=\"" << status.error().message << '"';
    }
    std::lock_guard lock(mutex_);
    running_ = nullptr;
    ended_.push_back(job->name());
    if (ended_.size() > kJobsKept) {
      by_name_.erase(ended_.front());
      ended_.pop_front();
    }
  }
}

}  // namespace fanin::service
