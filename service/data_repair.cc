#include "service/data_repair.h"

#include <system_error>

#include "service/pending_jobs.h"

namespace fanin::service {

base::Result<graph::RepairReport> RepairData(const std::filesystem::path& data_dir) {
  return graph::RocksStore::Repair(data_dir, [&](const graph::RepairReport& report) {
    std::vector<PendingJob> jobs;
    for (const auto& [repository, revision] : report.rebuild) {
      jobs.push_back({ToProto(IndexJobRequest{repository, std::nullopt, true, revision, {}}), 0});
    }
    return WritePendingJobs(data_dir, jobs);
  });
}

std::optional<std::string> FindDamage(const std::filesystem::path& data_dir) {
  if (std::optional<std::string> known = graph::RocksStore::KnownDamage(data_dir)) return known;
  graph::RocksOptions options;
  options.mode = graph::OpenMode::kReadOnly;
  const auto opened = graph::RocksStore::Open(data_dir, options);
  if (opened || opened.error().code != base::Code::kDataLoss) return std::nullopt;
  return opened.error().message;
}

std::vector<std::string> DescribeDamage(const std::filesystem::path& data_dir) {
  std::vector<std::string> warnings;
  if (const std::optional<std::string> known = graph::RocksStore::KnownDamage(data_dir)) {
    warnings.push_back("damage was found: " + *known +
                       "; what it touches is answered with an error; start the server again, which repairs it, or stop "
                       "it and run: fanin doctor --repair");
  }
  if (const auto quarantine = FindQuarantine(data_dir)) {
    warnings.push_back("a damaged database was put aside in " + quarantine->string() +
                       "; delete that folder when all repositories are ready again");
  }
  return warnings;
}

std::optional<std::filesystem::path> FindQuarantine(const std::filesystem::path& data_dir) {
  std::error_code error;
  std::filesystem::path quarantine = data_dir / "quarantine";
  return std::filesystem::exists(quarantine, error) ? std::optional(std::move(quarantine)) : std::nullopt;
}

std::string Describe(const graph::RepairReport& report) {
  std::string text = "kept the facts of " + std::to_string(report.files_kept) + " files and " +
                     std::to_string(report.vectors_kept) + " embeddings, lost those of " +
                     std::to_string(report.files_lost) + " files; to be indexed again: ";
  for (size_t i = 0; i < report.rebuild.size(); ++i) {
    text += (i == 0 ? "" : ", ") + report.rebuild[i].repository;
    if (!report.rebuild[i].revision.empty()) text += "@" + report.rebuild[i].revision;
  }
  if (report.rebuild.empty()) text += "nothing";
  if (report.list_lost) text += "; the list of repositories is lost: index each again";
  if (!report.quarantine.empty()) text += "; the damaged database is in " + report.quarantine.string();
  return text;
}

}  // namespace fanin::service
