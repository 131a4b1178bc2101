#include "tests/stress/answers.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/digest.h"

namespace fanin::stress {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Clears what differs from one call or snapshot to the next: statistics, times, and tokens, which name a snapshot.
void ClearTimes(Message& message) {
  for (const char* name : {"stats", "total_ms", "next_page_token"}) {
    if (const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name)) {
      message.GetReflection()->ClearField(&message, field);
    }
  }
}

bool SaysWarnings(const Message& message) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName("warnings");
  return field != nullptr && field->is_repeated() && message.GetReflection()->FieldSize(message, field) > 0;
}

std::string JsonOf(const Message& message) {
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json).ok()) return "not to be printed";
  static const std::regex kSnapshot("/snapshots/[0-9]+");
  return std::regex_replace(json, kSnapshot, "/snapshots/*");
}

class Asker {
 public:
  explicit Asker(service::Api& api) : api_(api) {}

  std::vector<Answer> Ask() && {
    v1::ListRepositoriesRequest request;
    request.set_page_size(100);
    const auto listed = api_.ListRepositories(request, {});
    Answer names{"repositories", listed ? "" : listed.error().ToString(), "", false};
    if (listed) {
      for (const v1::Repository& repository : listed->repositories()) names.body += repository.name() + "\n";
    }
    answers_.push_back(std::move(names));
    if (!listed) return std::move(answers_);
    for (const v1::Repository& repository : listed->repositories()) {
      repository_ = repository.name();
      AskSearches();
      AskQueries();
      AskTraces();
      AskViews();
      AskContexts();
      AskExport();
    }
    return std::move(answers_);
  }

 private:
  template <typename Request, typename Response>
  void Add(const std::string& question, const Request& request,
           base::Result<Response> (service::Api::*method)(const Request&, const service::CallContext&)) {
    auto response = (api_.*method)(request, {});
    Answer answer{repository_ + " " + question, "", "", false};
    if (!response) {
      answer.error = response.error().ToString();
    } else {
      answer.degraded = SaysWarnings(*response);
      ClearTimes(*response);
      if constexpr (requires { response->clear_warnings(); }) response->clear_warnings();
      answer.body = JsonOf(*response);
    }
    answers_.push_back(std::move(answer));
  }

  void AskSearches() {
    for (const char* query :
         {"write pointer gray code", "crossing between clocks", "kind:module", "/assign\\s+\\w+/", "\"always_ff\"",
          "drives:/.*valid.*/", "kind:signal name:/.*_q$/", "instantiates:gray_fifo", "-file:rtl/ fifo", "wire7"}) {
      v1::SearchRequest request;
      request.add_repositories(repository_);
      request.set_query(query);
      request.set_page_size(50);
      Add("search " + std::string(query), request, &service::Api::Search);
    }
  }

  void AskQueries() {
    for (const char* query :
         {"MATCH (m:Module) RETURN m.name, m.path", "MATCH (s:Signal) RETURN count(s)",
          "MATCH (b)-[:DRIVES]->(s:Signal) RETURN b.kind, s.name",
          "MATCH (m:Module)-[:CONTAINS]->(i:Instance)-[:INSTANTIATES]->(d) RETURN m.name, i.name, d.name"}) {
      v1::QueryRequest request;
      request.add_repositories(repository_);
      request.set_cypher(query);
      request.set_page_size(2000);
      Add("query " + std::string(query), request, &service::Api::Query);
    }
  }

  void AskTraces() {
    for (const v1::TraceDirection direction : {v1::TRACE_DIRECTION_FANIN, v1::TRACE_DIRECTION_FANOUT}) {
      for (const char* signal : {"mailbox.b_irq", "mailbox.a_send_valid", "minicore.clk_i", "m0.out", "m1.state_q"}) {
        v1::TraceRequest request;
        request.set_repository(repository_);
        request.add_signals(signal);
        request.set_direction(direction);
        request.set_max_depth(40);
        request.set_render_text(true);
        Add("trace " + v1::TraceDirection_Name(direction) + " " + signal, request, &service::Api::Trace);
      }
    }
  }

  void AskViews() {
    v1::GetHierarchyRequest hierarchy;
    hierarchy.set_repository(repository_);
    hierarchy.set_parameters(true);
    hierarchy.set_counts(true);
    Add("hierarchy", hierarchy, &service::Api::GetHierarchy);
    v1::GetFsmsRequest fsms;
    fsms.set_repository(repository_);
    Add("fsms", fsms, &service::Api::GetFsms);
    for (const char* name : {"mailbox", "gray_fifo.wr_en", "m3"}) {
      v1::GetNodeRequest node;
      node.set_repository(repository_);
      node.set_qualified_name(name);
      node.set_max_edges(1000);
      node.set_max_source_lines(1000);
      node.set_max_hierarchical_paths(100);
      Add("node " + std::string(name), node, &service::Api::GetNode);
    }
    for (const char* path : {"mailbox/rtl/mailbox.sv", "doc/fifo.md", "gen/m2.sv"}) {
      v1::GetSourceRequest source;
      source.set_repository(repository_);
      source.set_path(path);
      Add("source " + std::string(path), source, &service::Api::GetSource);
    }
  }

  void AskContexts() {
    v1::AssembleContextRequest completion;
    completion.set_repository(repository_);
    completion.set_budget_tokens(1500);
    completion.mutable_completion()->mutable_cursor()->set_path("mailbox/rtl/mailbox.sv");
    completion.mutable_completion()->mutable_cursor()->set_line(40);
    Add("completion", completion, &service::Api::AssembleContext);
    v1::AssembleContextRequest question;
    question.set_repository(repository_);
    question.set_budget_tokens(1500);
    question.mutable_question()->set_text("where does the write pointer cross between the clocks?");
    Add("question", question, &service::Api::AssembleContext);
    v1::AssembleContextRequest debug;
    debug.set_repository(repository_);
    debug.set_budget_tokens(1500);
    debug.mutable_debug()->add_signals("mailbox.b_irq");
    Add("debug", debug, &service::Api::AssembleContext);
  }

  // All nodes and edges.
  void AskExport() {
    v1::ExportGraphRequest request;
    request.set_repository(repository_);
    request.set_format(v1::GRAPH_FORMAT_NEO4J_CSV);
    Answer answer{repository_ + " export", "", "", false};
    std::string data;
    const base::Status status = api_.ExportGraph(request, {}, [&](const v1::ExportGraphResponse& piece) {
      data += piece.data();
      return true;
    });
    if (!status) answer.error = status.error().ToString();
    if (status) answer.body = std::to_string(data.size()) + " bytes " + base::DigestOf(data).ToHex();
    answers_.push_back(std::move(answer));
  }

  service::Api& api_;
  std::string repository_;
  std::vector<Answer> answers_;
};

}  // namespace

std::vector<Answer> AskAll(service::Api& api) { return Asker(api).Ask(); }

std::vector<std::string> SilentDifferences(const std::vector<Answer>& right, const std::vector<Answer>& answers) {
  std::vector<std::string> differences;
  const bool listed = !answers.empty() && answers.front().error.empty();
  for (const Answer& expected : right) {
    const auto found = std::ranges::find(answers, expected.question, &Answer::question);
    if (found == answers.end()) {
      if (listed) differences.push_back(expected.question + ": not asked, a repository is gone");
      continue;
    }
    if (!found->error.empty() || found->degraded || found->body == expected.body) continue;
    const auto at = static_cast<size_t>(std::ranges::mismatch(found->body, expected.body).in1 - found->body.begin());
    const size_t from = at < 60 ? 0 : at - 60;
    differences.push_back(found->question + ": \"" + found->body.substr(from, 200) + "\" instead of \"" +
                          expected.body.substr(from, 200) + '"');
  }
  return differences;
}

std::string Encode(const std::vector<Answer>& answers) {
  nlohmann::json list = nlohmann::json::array();
  for (const Answer& one : answers) {
    list.push_back({{"question", one.question}, {"error", one.error}, {"body", one.body}, {"degraded", one.degraded}});
  }
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<Answer> DecodeAnswers(const std::string& text) {
  std::vector<Answer> answers;
  const nlohmann::json list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return answers;
  for (const auto& one : list) answers.push_back({one["question"], one["error"], one["body"], one["degraded"]});
  return answers;
}

}  // namespace fanin::stress
