#include "service/method_rules.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "service/resource_name.h"

namespace fanin::service {
namespace {

using google::protobuf::FieldDescriptor;

const std::vector<MethodRule>& Rules() {
  using enum Scope;
  using enum Lane;
  static const std::vector<MethodRule> rules = {
      {"Search", Right::kRead, kNamed, kInteractive, 1, {"repositories"}},
      {"Query", Right::kRead, kNamed, kInteractive, 2, {"repositories"}},
      {"Trace", Right::kRead, kNamed, kInteractive, 1, {"repository"}},
      {"GetHierarchy", Right::kRead, kNamed, kInteractive, 1, {"repository"}},
      {"GetFsms", Right::kRead, kNamed, kInteractive, 1, {"repository"}},
      {"GetNode", Right::kRead, kNamed, kInteractive, 1, {"repository", "node"}},
      {"GetSource", Right::kRead, kNamed, kInteractive, 1, {"repository"}},
      {"CompareSnapshots", Right::kRead, kNamed, kBatch, 1, {"from", "to"}},
      {"AssembleContext", Right::kRead, kNamed, kInteractive, 1, {"repository", "further_repositories"}},
      {"CreateRepository", Right::kAdmin, kNamed, kNone, 0, {"repository_id"}},
      {"GetRepository", Right::kRead, kNamed, kNone, 0, {"name"}},
      {"ListRepositories", Right::kRead, kReadable, kNone, 0, {}},
      {"DeleteRepository", Right::kAdmin, kNamed, kBatch, 1, {"name"}},
      {"IndexRepository", Right::kIndex, kNamed, kNone, 0, {"name"}},
      {"GetJob", Right::kRead, kNamed, kNone, 0, {"name"}},
      {"CancelJob", Right::kIndex, kNamed, kNone, 0, {"name"}},
      {"ListSnapshots", Right::kRead, kNamed, kNone, 0, {"parent"}},
      {"ExportGraph", Right::kRead, kNamed, kBatch, 1, {"repository"}},
      {"ExportSnapshot", Right::kRead, kNamed, kBatch, 1, {"name"}},
      // Content is shared by all repositories, so that an archive that lies could change others' next index.
      {"ImportSnapshot", Right::kAdmin, kAll, kBatch, 1, {"name"}},
      {"GetStatus", Right::kRead, kReadable, kNone, 0, {}},
      {"CheckData", Right::kAdmin, kAll, kBatch, 2, {}},
  };
  return rules;
}

base::Status AddRepository(const std::string& value, std::string_view field, std::vector<std::string>& out) {
  if (value.empty()) return {};
  if (field == "repository_id") {
    out.push_back(value);
    return {};
  }
  FANIN_ASSIGN_OR_RETURN(ResourceName name, ResourceName::Parse(value));
  out.push_back(std::move(name.repository));
  return {};
}

}  // namespace

const MethodRule* FindRule(std::string_view method) {
  const auto found = std::ranges::find(Rules(), method, &MethodRule::method);
  return found == Rules().end() ? nullptr : &*found;
}

base::Result<std::vector<std::string>> RepositoriesOf(const MethodRule& rule,
                                                      const google::protobuf::Message& request) {
  std::vector<std::string> repositories;
  const google::protobuf::Reflection& reflection = *request.GetReflection();
  for (const std::string_view field : rule.fields) {
    const FieldDescriptor* descriptor = request.GetDescriptor()->FindFieldByName(std::string(field));
    FANIN_CHECK(descriptor != nullptr && descriptor->cpp_type() == FieldDescriptor::CPPTYPE_STRING);
    if (!descriptor->is_repeated()) {
      FANIN_RETURN_IF_ERROR(AddRepository(reflection.GetString(request, descriptor), field, repositories));
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(request, descriptor); ++i) {
      FANIN_RETURN_IF_ERROR(AddRepository(reflection.GetRepeatedString(request, descriptor, i), field, repositories));
    }
  }
  return repositories;
}

base::Status CheckAccess(const Caller& caller, const MethodRule& rule, const google::protobuf::Message& request) {
  const std::string need = std::string(rule.method) + " needs the right to " + std::string(RightName(rule.right));
  if (rule.scope == Scope::kAll && !caller.MayWithAll(rule.right)) {
    return base::Fail(base::Code::kPermissionDenied,
                      need + " on all repositories, which " + caller.name() + " has not");
  }
  FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> repositories, RepositoriesOf(rule, request));
  for (const std::string& repository : repositories) {
    if (caller.May(rule.right, repository)) continue;
    return base::Fail(base::Code::kPermissionDenied,
                      need + " on repository " + repository + ", which " + caller.name() + " has not");
  }
  return {};
}

}  // namespace fanin::service
