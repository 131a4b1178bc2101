#include "service/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "service/unix_time.h"
#include "service/version.h"

namespace fanin::service {
namespace {

using Labels = std::map<std::string, std::string>;

const prometheus::Histogram::BucketBoundaries kSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                          0.25,  0.5,    1,     2.5,  5,     10,   30};

// Bytes of memory that the process has resident; 0: not known.
double ResidentBytes() {
  std::ifstream in("/proc/self/statm");
  uint64_t size = 0;
  uint64_t resident = 0;
  in >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

// Families of values that are read when they are asked for; made anew each time, so that what is gone is not told.
class Gauges {
 public:
  void Add(const std::string& name, const std::string& help, double value, const Labels& labels = {}) {
    prometheus::ClientMetric metric;
    for (const auto& [label, text] : labels) metric.label.push_back({label, text});
    metric.gauge.value = value;
    prometheus::MetricFamily& family = families_[name];
    family.name = name;
    family.help = help;
    family.type = prometheus::MetricType::Gauge;
    family.metric.push_back(std::move(metric));
  }

  void AppendTo(std::vector<prometheus::MetricFamily>& out) && {
    for (auto& [name, family] : families_) out.push_back(std::move(family));
  }

 private:
  std::map<std::string, prometheus::MetricFamily> families_;
};

}  // namespace

struct Metrics::State {
  State(Engine& the_engine, const JobQueue& the_jobs, const CallGate& the_gate)
      : engine(the_engine), jobs(the_jobs), gate(the_gate) {}

  void AddRepository(const graph::RepositoryRecord& record, Gauges& gauges) const;
  std::optional<uint32_t> EdgesOf(const std::string& repository) const;

  Engine& engine;
  const JobQueue& jobs;
  const CallGate& gate;
  const int64_t start_ms = NowUnixMs();
  prometheus::Registry registry;
  prometheus::Family<prometheus::Histogram>& seconds = prometheus::BuildHistogram()
                                                           .Name("fanin_call_duration_seconds")
                                                           .Help("Time of calls, waiting included")
                                                           .Register(registry);
  prometheus::Family<prometheus::Counter>& calls =
      prometheus::BuildCounter().Name("fanin_calls_total").Help("Calls that ended, by their code").Register(registry);
};

Metrics::Metrics(Engine& engine, const JobQueue& jobs, const CallGate& gate)
    : state_(std::make_unique<State>(engine, jobs, gate)) {}
Metrics::~Metrics() = default;

void Metrics::Count(const CallRecord& record) {
  const Labels labels = {{"method", std::string(record.method)}, {"front", std::string(record.front)}};
  state_->seconds.Add(labels, kSeconds).Observe(record.seconds);
  Labels with_code = labels;
  with_code.emplace("code", record.error ? std::string(base::CodeName(*record.error)) : "OK");
  state_->calls.Add(with_code).Increment();
}

// Snapshots do not count their edges; runs do.
std::optional<uint32_t> Metrics::State::EdgesOf(const std::string& repository) const {
  for (const std::shared_ptr<Job>& job : jobs.List(SIZE_MAX)) {
    const v1::Job state = job->Describe();
    const bool counted = state.state() == v1::Job::STATE_SUCCEEDED && state.summary().edges() > 0;
    if (counted && job->request().repository == repository && job->request().revision.empty()) {
      return state.summary().edges();
    }
  }
  return std::nullopt;
}

void Metrics::State::AddRepository(const graph::RepositoryRecord& record, Gauges& gauges) const {
  const Labels labels = {{"repository", record.name}};
  gauges.Add("fanin_repository_snapshot", "Number of the newest snapshot", static_cast<double>(record.latest), labels);
  if (record.latest == 0) return;
  const auto manifest = engine.store().GetManifest(record.name, std::nullopt);
  gauges.Add("fanin_repository_readable", "1: the newest snapshot can be read", manifest ? 1 : 0, labels);
  if (!manifest) return;
  double nodes = 0;
  double lines = 0;
  double files_with_errors = 0;
  for (const graph::FileEntry& file : manifest->files) {
    nodes += file.node_count;
    lines += file.line_count;
    files_with_errors += file.error_count > 0 ? 1 : 0;
  }
  double vectors = 0;
  for (const graph::SegmentEntry& segment : manifest->segments) vectors += segment.vectors ? segment.vectors->count : 0;
  constexpr double kMsPerSecond = 1000;
  gauges.Add("fanin_repository_snapshot_timestamp_seconds", "When the newest snapshot was published",
             static_cast<double>(manifest->created_unix_ms) / kMsPerSecond, labels);
  gauges.Add("fanin_repository_files", "Files of the newest snapshot", static_cast<double>(manifest->files.size()),
             labels);
  gauges.Add("fanin_repository_files_lost", "Files that could not be indexed",
             static_cast<double>(manifest->lost.size()), labels);
  gauges.Add("fanin_repository_files_with_errors", "Files with parse errors", files_with_errors, labels);
  gauges.Add("fanin_repository_lines", "Source lines", lines, labels);
  gauges.Add("fanin_repository_nodes", "Nodes of the graph", nodes, labels);
  if (const std::optional<uint32_t> edges = EdgesOf(record.name)) {
    gauges.Add("fanin_repository_edges", "Edges, as the last run of this server found them", *edges, labels);
  }
  gauges.Add("fanin_repository_segments", "Segments", static_cast<double>(manifest->segments.size()), labels);
  gauges.Add("fanin_repository_vectors", "Vectors of passages", vectors, labels);
  gauges.Add("fanin_repository_semantic_coverage", "Share of passages with a vector of the current model, 0 to 1",
             engine.SemanticCoverage(*manifest), labels);
  gauges.Add("fanin_repository_designs", "Designs of the newest snapshot",
             static_cast<double>(manifest->designs.size()), labels);
}

std::string Metrics::Text() {
  Gauges gauges;
  constexpr double kMsPerSecond = 1000;
  gauges.Add("fanin_build_info", "Version of the program", 1, {{"version", std::string(Version())}});
  gauges.Add("fanin_start_time_seconds", "When the server started",
             static_cast<double>(state_->start_ms) / kMsPerSecond);
  gauges.Add("fanin_resident_memory_bytes", "Memory that the process has resident", ResidentBytes());
  gauges.Add("fanin_jobs_waiting", "Indexing jobs that wait", static_cast<double>(state_->jobs.waiting()));
  gauges.Add("fanin_embedder_ready", "1: there is an embedding model", state_->engine.embedder() ? 1 : 0);
  gauges.Add("fanin_store_writable", "1: the store can write", state_->engine.store().BackgroundError() ? 0 : 1);
  const graph::ShardCache::Stats cache = state_->engine.cache().stats();
  gauges.Add("fanin_shard_cache_bytes", "Bytes of decoded shards and links that are kept",
             static_cast<double>(cache.bytes));
  gauges.Add("fanin_shard_cache_hits", "Look-ups of the shard cache that found", static_cast<double>(cache.hits));
  gauges.Add("fanin_shard_cache_misses", "Those that read the store", static_cast<double>(cache.misses));
  const std::pair<const char*, Lane> lanes[] = {{"interactive", Lane::kInteractive}, {"batch", Lane::kBatch}};
  for (const auto& [name, lane] : lanes) {
    const LaneState state = state_->gate.admission().StateOf(lane);
    gauges.Add("fanin_lane_running_units", "Units of admission in use", state.running_units, {{"lane", name}});
    gauges.Add("fanin_lane_waiting_calls", "Calls that wait for their turn", state.waiting, {{"lane", name}});
    gauges.Add("fanin_lane_refused_calls", "Calls refused since the start, because too many waited",
               static_cast<double>(state.refused), {{"lane", name}});
  }
  if (const auto records = state_->engine.store().ListRepositories()) {
    gauges.Add("fanin_repositories", "Repositories", static_cast<double>(records->size()));
    for (const graph::RepositoryRecord& record : *records) state_->AddRepository(record, gauges);
  }
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  std::move(gauges).AppendTo(families);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace fanin::service
