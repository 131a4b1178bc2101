// Repair of a damaged data directory, so that it serves again and is whole once its jobs have run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/rocks_store.h"

namespace fanin::service {

// graph::RocksStore::Repair; what is to be indexed again becomes pending jobs (service/pending_jobs.h), which the next
// server begins with. Errors: its.
base::Result<graph::RepairReport> RepairData(const std::filesystem::path& data_dir);

// What damaged the directory, if it must be repaired before a server opens it: it does not open, or damage was met when
// it was last open. Cost: that of opening it for reading.
std::optional<std::string> FindDamage(const std::filesystem::path& data_dir);

// For people: damage that is known and not repaired, and what a repair put aside. Empty: neither.
std::vector<std::string> DescribeDamage(const std::filesystem::path& data_dir);
// The folder of what a repair put aside.
std::optional<std::filesystem::path> FindQuarantine(const std::filesystem::path& data_dir);
std::string Describe(const graph::RepairReport& report);

}  // namespace fanin::service
