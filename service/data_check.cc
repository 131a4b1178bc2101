#include "service/data_check.h"

#include <filesystem>
#include <set>
#include <span>

#include "base/digest.h"
#include "graph/link_set.h"
#include "graph/shard.h"
#include "retriever/vector_index.h"
#include "service/data_repair.h"
#include "service/resource_name.h"

namespace fanin::service {
namespace {

using Finding = v1::Finding;

// Blobs read at once.
constexpr size_t kBatch = 64;
constexpr std::string_view kRepair = "stop the server if there is one, and run: fanin doctor --repair";

class DataChecker {
 public:
  DataChecker(Engine& engine, v1::CheckDataResponse& response) : engine_(engine), response_(response) {}

  void CheckStore() {
    if (const base::Status verified = engine_.store().VerifyChecksums(); !verified) {
      Add(Finding::SEVERITY_ERROR, engine_.data_dir().string(), verified.error().message, std::string(kRepair));
    }
  }

  void CheckKnownDamage() {
    const std::string subject = engine_.data_dir().string();
    if (std::optional<std::string> known = graph::RocksStore::KnownDamage(engine_.data_dir())) {
      Add(Finding::SEVERITY_ERROR, subject, "damage was met: " + *std::move(known), fix_);
    }
    if (const auto quarantine = FindQuarantine(engine_.data_dir())) {
      Add(Finding::SEVERITY_WARNING, subject, "a repair put a damaged database aside in " + quarantine->string(),
          "when all repositories are ready again, delete that folder");
    }
  }

  void CheckRepository(const graph::RepositoryRecord& record) {
    response_.set_repositories_checked(response_.repositories_checked() + 1);
    const base::Result<std::vector<graph::SnapshotId>> snapshots = engine_.store().ListSnapshots(record.name);
    if (!snapshots) return Add(Finding::SEVERITY_ERROR, RepositoryName(record.name), snapshots.error().message, fix_);
    for (const graph::SnapshotId snapshot : *snapshots) CheckSnapshot(record.name, snapshot);
    if (!std::filesystem::is_directory(record.root)) {
      Add(Finding::SEVERITY_WARNING, RepositoryName(record.name), "its folder " + record.root + " is gone",
          "answers go on; index it from where it is now, or: fanin repo delete " + record.name);
    }
  }

 private:
  void Add(Finding::Severity severity, std::string subject, std::string problem, std::string fix) {
    Finding& finding = *response_.add_findings();
    finding.set_severity(severity);
    finding.set_subject(std::move(subject));
    finding.set_problem(std::move(problem));
    finding.set_fix(std::move(fix));
  }

  void CheckSnapshot(const std::string& repository, graph::SnapshotId snapshot) {
    response_.set_snapshots_checked(response_.snapshots_checked() + 1);
    subject_ = SnapshotName(repository, snapshot);
    const base::Result<graph::Manifest> manifest = engine_.store().GetManifest(repository, snapshot);
    if (!manifest) return Add(Finding::SEVERITY_ERROR, subject_, manifest.error().message, fix_);
    CheckBlobs(graph::BlobKind::kText, manifest->files, &graph::FileEntry::content);
    CheckBlobs(graph::BlobKind::kShard, manifest->files, &graph::FileEntry::shard);
    CheckBlobs(graph::BlobKind::kLinks, manifest->files, &graph::FileEntry::links);
    for (const graph::DesignEntry& design : manifest->designs) CheckDesign(design);
    for (const graph::SegmentEntry& segment : manifest->segments) {
      CheckRows(segment.id);
      if (segment.vectors) CheckVectorFile(*segment.vectors);
    }
  }

  void CheckBlobs(graph::BlobKind kind, std::span<const graph::FileEntry> files,
                  base::Digest graph::FileEntry::*digest) {
    for (size_t begin = 0; begin < files.size(); begin += kBatch) {
      const auto batch = files.subspan(begin, std::min(kBatch, files.size() - begin));
      std::vector<base::Digest> digests;
      for (const graph::FileEntry& file : batch) digests.push_back(file.*digest);
      base::Result<std::vector<std::optional<std::string>>> blobs = engine_.store().GetBlobs(kind, digests);
      if (!blobs) {
        Add(Finding::SEVERITY_ERROR, subject_, blobs.error().message, fix_);
        continue;
      }
      for (size_t i = 0; i < batch.size(); ++i) CheckBlob(kind, batch[i].path, digests[i], std::move((*blobs)[i]));
    }
  }

  void CheckBlob(graph::BlobKind kind, const std::string& path, const base::Digest& digest,
                 std::optional<std::string> bytes) {
    if (!checked_blobs_.insert({static_cast<int>(kind), digest}).second) return;
    response_.set_blobs_checked(response_.blobs_checked() + 1);
    std::string problem;
    if (!bytes) {
      problem = "is missing";
    } else if (kind == graph::BlobKind::kShard) {
      if (auto shard = graph::Shard::Decode(std::move(*bytes)); !shard) problem = shard.error().message;
    } else if (base::DigestOf(*bytes) != digest) {
      problem = "differs from its digest";
    } else if (kind == graph::BlobKind::kLinks) {
      if (auto links = graph::LinkSet::Decode(std::move(*bytes)); !links) problem = links.error().message;
    }
    if (problem.empty()) return;
    constexpr std::string_view kNames[] = {"text", "shard", "link set", "vector", "record", "elaborated facts"};
    Add(Finding::SEVERITY_ERROR, subject_,
        "stored " + std::string(kNames[static_cast<int>(kind)]) + " of " + path + ": " + problem, fix_);
  }

  void CheckDesign(const graph::DesignEntry& design) {
    const auto check = [&](graph::BlobKind kind, std::span<const base::Digest> digests) {
      base::Result<std::vector<std::optional<std::string>>> blobs = engine_.store().GetBlobs(kind, digests);
      if (!blobs) return Add(Finding::SEVERITY_ERROR, subject_, blobs.error().message, fix_);
      for (size_t i = 0; i < digests.size(); ++i) {
        CheckBlob(kind, "design " + design.name, digests[i], std::move((*blobs)[i]));
      }
    };
    check(graph::BlobKind::kDesign, {&design.record, 1});
    check(graph::BlobKind::kElaborated, design.facts);
  }

  void CheckRows(graph::SegmentId segment) {
    if (!checked_segments_.insert(segment).second) return;
    for (int table = 0; table < graph::kTableCount; ++table) {
      const base::Status scanned = engine_.store().ScanRows(segment, static_cast<graph::Table>(table), "",
                                                            [](std::string_view, std::string_view) { return true; });
      if (!scanned) Add(Finding::SEVERITY_ERROR, subject_, scanned.error().message, fix_);
    }
  }

  void CheckVectorFile(const graph::VectorFile& file) {
    if (!checked_files_.insert(file.name).second) return;
    response_.set_vector_files_checked(response_.vector_files_checked() + 1);
    // Not against the manifest's digest: a file that was rebuilt differs from the first and is as good.
    const auto loaded = retriever::LoadVectorIndex(engine_.vectors_dir() / file.name, file.model);
    if (!loaded) {
      Add(Finding::SEVERITY_WARNING, subject_, "vector file " + file.name + ": " + loaded.error().message,
          "nothing: the next search rebuilds it from the stored vectors");
    }
  }

  Engine& engine_;
  v1::CheckDataResponse& response_;
  std::string subject_;
  const std::string fix_{kRepair};
  // Shared by snapshots, checked once.
  std::set<std::pair<int, base::Digest>> checked_blobs_;
  std::set<graph::SegmentId> checked_segments_;
  std::set<std::string> checked_files_;
};

}  // namespace

base::Result<v1::CheckDataResponse> CheckStoredData(Engine& engine) {
  v1::CheckDataResponse response;
  FANIN_ASSIGN_OR_RETURN(const std::vector<graph::RepositoryRecord> records, engine.store().ListRepositories());
  DataChecker checker(engine, response);
  checker.CheckStore();
  checker.CheckKnownDamage();
  for (const graph::RepositoryRecord& record : records) checker.CheckRepository(record);
  return response;
}

}  // namespace fanin::service
