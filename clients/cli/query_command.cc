// fanin query
#include <algorithm>
#include <iostream>
#include <memory>

#include "clients/cli/ask.h"
#include "clients/cli/command.h"
#include "clients/cli/design_option.h"
#include "clients/cli/overlay_option.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

constexpr uint32_t kDefaultRows = 100;

struct QueryFlags {
  std::string cypher;
  uint32_t limit = kDefaultRows;
  std::string design;
  std::vector<std::string> overlays;
};

// One line of text; nodes by kind and qualified name, edges by kind.
std::string Print(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kBoolValue: return value.bool_value() ? "true" : "false";
    case v1::Value::kIntValue: return std::to_string(value.int_value());
    case v1::Value::kDoubleValue: return FormatDecimal(value.double_value(), 3);
    case v1::Value::kStringValue: return value.string_value().substr(0, value.string_value().find('\n'));
    case v1::Value::kNodeValue: {
      const v1::Node& node = value.node_value();
      return Describe(node) + " (" + node.path() + ":" + std::to_string(node.start_line()) + ")";
    }
    case v1::Value::kEdgeValue: return value.edge_value().kind();
    case v1::Value::kListValue: {
      std::string list;
      for (const v1::Value& item : value.list_value().values()) list += (list.empty() ? "" : ", ") + Print(item);
      return "[" + list + "]";
    }
    case v1::Value::KIND_NOT_SET: break;
  }
  return "-";
}

// Columns aligned; the last is not padded.
void PrintTable(const v1::QueryResponse& response, const Style& style) {
  std::vector<std::vector<std::string>> rows = {{response.columns().begin(), response.columns().end()}};
  for (const v1::Row& row : response.rows()) {
    rows.emplace_back();
    for (const v1::Value& value : row.values()) rows.back().push_back(Print(value));
  }
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (size_t i = 0; i < rows[r].size(); ++i) {
      line += rows[r][i];
      if (i + 1 < rows[r].size()) line += std::string(widths[i] - rows[r][i].size() + 2, ' ');
    }
    std::cout << (r == 0 ? style.Bold(line) : line) << '\n';
  }
}

Exit Query(const QueryFlags& flags, Session& session) {
  base::Result<service::Api*> api = session.OpenApi();
  if (!api) return session.Fail(api.error());
  v1::QueryRequest request;
  base::Result<OverlaidRepositories> asked = ReadOverlaysOfOne(flags.overlays, session);
  if (!asked) return session.Fail(asked.error());
  request.mutable_repositories()->Add(asked->names.begin(), asked->names.end());
  *request.mutable_overlays() = std::move(asked->overlays);
  request.set_cypher(flags.cypher);
  request.set_page_size(flags.limit);
  request.set_design(flags.design);
  const base::Result<v1::QueryResponse> response = (*api)->Query(request, {});
  if (!response) return session.Fail(response.error());
  if (session.flags().json) {
    session.PrintJson(*response);
  } else {
    if (!response->rows().empty()) PrintTable(*response, Style(stdout));
    for (const std::string& warning : response->warnings()) session.Note("note: " + warning);
    for (int i = 0; i < response->designs_size(); ++i) {
      if (response->designs(i).empty()) continue;
      session.Note("elaborated design " + response->designs(i) + " of " + RepositoryIdOf(response->snapshots(i)));
    }
    session.Note(Count(static_cast<uint64_t>(response->rows_size()), "row") + " in " +
                 FormatDecimal(response->stats().total_ms(), 1) + " ms" +
                 (response->truncated() ? "; cut short, there are more" : ""));
  }
  return response->rows().empty() ? Exit::kNothingFound : Exit::kFound;
}

}  // namespace

void AddQueryCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<QueryFlags>();
  CLI::App* command = app.add_subcommand("query", "Ask the graph by pattern, in a subset of openCypher");
  command->add_option("cypher", flags->cypher, "MATCH ... RETURN ...")->required();
  command->add_option("--limit", flags->limit, "Rows at most")->capture_default_str()->check(CLI::Range(1, 10000));
  AddDesignOption(*command, flags->design);
  AddOverlayOption(*command, flags->overlays);
  command->footer(
      "Examples:\n"
      "  fanin query \"MATCH (b:Always)-[:DRIVES]->(s:Signal {name:'state_q'}) RETURN b.path, b.line\"\n"
      "  fanin query 'MATCH (i:Instance)-[:INSTANTIATES]->(m) RETURN m.name, count(i) AS uses ORDER BY uses DESC LIMIT "
      "10'\n"
      "The language: docs/query_language.md. Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Query(*flags, session); }; });
}

}  // namespace fanin::cli
