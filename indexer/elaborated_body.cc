#include "indexer/elaborated_body.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "slang/analysis/AnalyzedProcedure.h"
#include "slang/analysis/ValueDriver.h"
#include "slang/ast/symbols/ParameterSymbols.h"
#include "slang/syntax/AllSyntax.h"

namespace fanin::indexer {
namespace {

using namespace slang::ast;
using graph::Assignment;
using graph::EdgeKind;
using graph::ElaboratedEdge;
using graph::NodeId;
using slang::analysis::AnalyzedProcedure;
using slang::analysis::ValueDriver;

// A longer value or type says little.
constexpr size_t kMaxValueBytes = 200;

std::string Shorten(std::string text) {
  if (text.size() > kMaxValueBytes) text = text.substr(0, kMaxValueBytes - 3) + "...";
  return text;
}

class BodyReader {
 public:
  BodyReader(const InstanceBodySymbol& body, const slang::analysis::AnalysisManager& analysis, ElaboratedNodes& nodes,
             const std::function<void()>& between_members)
      : body_(body), analysis_(analysis), nodes_(nodes), between_members_(between_members), sink_(nodes) {}

  BodyFacts Read() && {
    result_.facts.definition = nodes_.NodeOf(body_.getDefinition());
    result_.facts.name = body_.getDefinition().name;
    for (const ParameterSymbolBase* parameter : body_.getParameters()) Parameter(*parameter);
    Drivers(body_);
    ReadScope(body_, "");
    sink_.MoveTo(result_.facts);
    for (const auto& [node, count] : blocks_) result_.facts.blocks.push_back({node, count});
    return std::move(result_);
  }

 private:
  void Parameter(const ParameterSymbolBase& parameter) {
    graph::ElaboratedParameter entry;
    entry.node = nodes_.NodeOf(parameter.symbol);
    entry.name = parameter.symbol.name;
    entry.is_local = parameter.isLocalParam();
    if (parameter.symbol.kind == SymbolKind::Parameter) {
      const slang::ConstantValue& value = parameter.symbol.as<ParameterSymbol>().getValue();
      if (!value) Spoil("the value of parameter " + entry.name + " is unknown");
      result_.lacks_parameters |= !value;
      entry.value = Shorten(value.toString());
    } else {
      const Type& type = parameter.symbol.as<TypeParameterSymbol>().targetType.getType();
      if (type.isError()) Spoil("the type of parameter " + entry.name + " is unknown");
      result_.lacks_parameters |= type.isError();
      entry.value = Shorten(type.toString());
    }
    result_.facts.parameters.push_back(std::move(entry));
  }

  void Spoil(std::string reason) {
    if (result_.bad.empty()) result_.bad = std::move(reason);
  }

  // `path` is that of the scope below the body, with its dot.
  void ReadScope(const Scope& scope, const std::string& path) {
    for (const Symbol& member : scope.members()) {
      Member(member, path);
      between_members_();
    }
  }

  void Member(const Symbol& member, const std::string& path) {
    switch (member.kind) {
      case SymbolKind::Net:
      case SymbolKind::Variable: return Signal(member.as<ValueSymbol>());
      case SymbolKind::ContinuousAssign:
        FlowVisitor(sink_, member).Continuous(member.as<ContinuousAssignSymbol>());
        return;
      case SymbolKind::ProceduralBlock: {
        const auto& procedure = member.as<ProceduralBlockSymbol>();
        if (!procedure.isFromAssertion) FlowVisitor(sink_, member).Procedure(procedure);
        return;
      }
      case SymbolKind::Subroutine: {
        const auto& function = member.as<SubroutineSymbol>();
        for (const Symbol& local : function.members()) {
          if (local.kind == SymbolKind::FormalArgument) Signal(local.as<ValueSymbol>());
        }
        FlowVisitor(sink_, function, &function).Function(function);
        return;
      }
      case SymbolKind::GenerateBlock: {
        const auto& block = member.as<GenerateBlockSymbol>();
        if (!block.isUninstantiated) Block(block, path + block.getExternalName() + ".");
        return;
      }
      case SymbolKind::GenerateBlockArray: {
        const auto& array = member.as<GenerateBlockArraySymbol>();
        for (const GenerateBlockSymbol* entry : array.entries) {
          const slang::SVInt* index = entry->getArrayIndex();
          const std::string number = index == nullptr ? "" : index->toString(slang::LiteralBase::Decimal, false);
          Block(*entry, path + std::string(array.getExternalName()) + "[" + number + "].");
        }
        return;
      }
      case SymbolKind::Instance: return Instance(member.as<InstanceSymbol>(), path + std::string(member.name));
      case SymbolKind::InstanceArray: return Array(member.as<InstanceArraySymbol>(), path + std::string(member.name));
      case SymbolKind::PrimitiveInstance: {
        FlowVisitor(sink_, member).Gate(member.as<PrimitiveInstanceSymbol>());
        return;
      }
      case SymbolKind::UninstantiatedDef:
        result_.children.push_back({path + std::string(member.name), nodes_.NodeOf(member), nullptr,
                                    std::string(member.as<UninstantiatedDefSymbol>().definitionName)});
        return;
      default: return;
    }
  }

  void Block(const GenerateBlockSymbol& block, const std::string& path) {
    if (const auto node = nodes_.BlockAt(block.location, block.name); node != NodeId{}) ++blocks_[node];
    ReadScope(block, path);
  }

  void Signal(const ValueSymbol& symbol) {
    const Type& type = symbol.getType();
    if (type.isError()) Spoil("the type of " + std::string(symbol.name) + " is unknown");
    const NodeId node = sink_.NodeOf(symbol);
    if (node != NodeId{}) result_.facts.signals.push_back({node, Shorten(type.toString()), type.getBitstreamWidth()});
    const Expression* value = symbol.kind == SymbolKind::Net ? symbol.getInitializer() : nullptr;
    if (value != nullptr && !value->bad()) FlowVisitor(sink_, symbol).Declared(symbol, *value);
  }

  void Array(const InstanceArraySymbol& array, const std::string& path) {
    for (size_t i = 0; i < array.elements.size(); ++i) {
      const Symbol& element = *array.elements[i];
      // Elements run from the left bound to the right one.
      const auto step = static_cast<int32_t>(i);
      const int32_t index = array.range.isDescending() ? array.range.left - step : array.range.left + step;
      const std::string name = path + "[" + std::to_string(index) + "]";
      if (element.kind == SymbolKind::Instance) Instance(element.as<InstanceSymbol>(), name);
      if (element.kind == SymbolKind::InstanceArray) Array(element.as<InstanceArraySymbol>(), name);
    }
  }

  void Instance(const InstanceSymbol& instance, const std::string& name) {
    const NodeId node = nodes_.Named(instance.location, instance.getArrayName());
    result_.children.push_back({name, node, &instance, std::string(instance.getDefinition().name)});
    ElaboratedEdge instantiates;
    instantiates.kind = EdgeKind::kInstantiates;
    instantiates.from = node;
    instantiates.to = nodes_.NodeOf(instance.getDefinition());
    sink_.Add(std::move(instantiates));
    for (const PortConnection* connection : instance.getPortConnections()) Connect(instance, node, *connection);
  }

  void Connect(const InstanceSymbol& instance, const NodeId& node, const PortConnection& connection) {
    const Symbol& port = connection.port;
    const Expression* actual = connection.getExpression();
    ElaboratedEdge connects;
    connects.kind = EdgeKind::kConnects;
    connects.assignment = Assignment::kNone;
    connects.from = node;
    if (actual != nullptr) connects.text = nodes_.TextOf(actual->sourceRange);
    if (port.kind == SymbolKind::InterfacePort) {
      connects.to = nodes_.NodeOf(port);
      if (connection.getIfaceConn().first != nullptr) sink_.Add(std::move(connects));
      return;
    }
    if (port.kind != SymbolKind::Port || actual == nullptr || actual->bad()) return;
    const auto& value_port = port.as<PortSymbol>();
    const Symbol* inner = value_port.internalSymbol;
    if (inner == nullptr || !ValueSymbol::isKind(inner->kind)) return;
    connects.to = nodes_.NodeOf(*inner);
    sink_.Add(std::move(connects));
    FlowVisitor(sink_, instance).Connection(node, inner->as<ValueSymbol>(), *actual, value_port.direction);
  }

  // What slang's driver analysis found of the procedures and assignments of a scope.
  void Drivers(const Scope& scope) {
    if (const auto* analyzed = analysis_.getAnalyzedScope(scope)) {
      for (const AnalyzedProcedure& procedure : analyzed->procedures) {
        for (const ValueDriver* driver : procedure.getDrivers()) Drive(*procedure.analyzedSymbol, *driver);
      }
    }
    for (const Symbol& member : scope.members()) {
      if (member.kind == SymbolKind::GenerateBlock && !member.as<GenerateBlockSymbol>().isUninstantiated) {
        Drivers(member.as<GenerateBlockSymbol>());
      } else if (member.kind == SymbolKind::GenerateBlockArray) {
        for (const GenerateBlockSymbol* entry : member.as<GenerateBlockArraySymbol>().entries) Drivers(*entry);
      } else if (member.kind == SymbolKind::Subroutine) {
        if (const auto* function = analysis_.getAnalyzedSubroutine(member.as<SubroutineSymbol>())) {
          for (const ValueDriver* driver : function->getDrivers()) Drive(member, *driver);
        }
      }
    }
  }

  void Drive(const Symbol& block, const ValueDriver& driver) {
    const ValueSymbol& symbol = driver.getSymbol();
    const NodeId target = sink_.NodeOf(symbol);
    // What a function that is called assigns is said of the function.
    if (driver.source == slang::analysis::DriverSource::Subroutine && block.kind != SymbolKind::Subroutine) return;
    ElaboratedEdge drive;
    drive.kind = EdgeKind::kDrives;
    drive.to = target;
    const bool continuous = block.kind == SymbolKind::ContinuousAssign;
    drive.assignment = continuous ? Assignment::kContinuous : AssignmentAt(driver);
    const slang::SourceLocation location = driver.getSourceRange().start();
    using Wanted = ElaboratedNodes::Wanted;
    const std::string_view generate = GenerateAround(block);
    const auto* syntax = driver.path.fullExpr == nullptr ? nullptr : driver.path.fullExpr->syntax;
    const NodeId statement = nodes_.StatementAt(
        location, {.kind = Wanted::Kind::kAssignment, .syntax = syntax, .target = target, .generate = generate});
    // What a loop counts with is no data.
    if (nodes_.IsLoop(statement)) return;
    const NodeId of_block =
        block.kind == SymbolKind::Subroutine ? nodes_.NodeOf(block)
        : continuous
            ? statement
            : nodes_.StatementAt(block.location,
                                 {.kind = Wanted::Kind::kBlock, .syntax = block.getSyntax(), .generate = generate});
    const auto [low, high] = driver.getBounds();
    drive.from = of_block;
    if (statement == of_block) drive.to_range = EdgeSink::RangeOf(symbol, low, high);
    sink_.Add(drive);
    if (statement == of_block) return;
    drive.from = statement;
    drive.to_range = EdgeSink::RangeOf(symbol, low, high);
    drive.guard = nodes_.GuardOf(statement);
    sink_.Add(std::move(drive));
  }

  // A driver does not tell; clocked procedures assign without blocking.
  static Assignment AssignmentAt(const ValueDriver& driver) {
    return driver.source == slang::analysis::DriverSource::AlwaysFF ? Assignment::kNonblocking : Assignment::kBlocking;
  }

  const InstanceBodySymbol& body_;
  const slang::analysis::AnalysisManager& analysis_;
  ElaboratedNodes& nodes_;
  const std::function<void()>& between_members_;
  EdgeSink sink_;
  BodyFacts result_;
  std::map<NodeId, uint32_t> blocks_;
};

}  // namespace

BodyFacts ReadBody(const InstanceBodySymbol& body, const slang::analysis::AnalysisManager& analysis,
                   ElaboratedNodes& nodes, const std::function<void()>& between_members) {
  return BodyReader(body, analysis, nodes, between_members).Read();
}

}  // namespace fanin::indexer
