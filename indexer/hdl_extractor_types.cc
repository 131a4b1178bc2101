#include "indexer/hdl_extractor_types.h"

#include <limits>
#include <string>

#include "indexer/expression_edges.h"
#include "indexer/expression_shape.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::NodeKind;
using graph::Role;

// Nested types below this are not measured.
constexpr int kMaxTypeDepth = 32;

const SyntaxNode& LastName(const NameSyntax& name) {
  return name.kind == SyntaxKind::ScopedName ? static_cast<const SyntaxNode&>(*name.as<ScopedNameSyntax>().right)
                                             : name;
}

std::string_view DimensionText(HdlContext& context, const Dimensions& dimensions) {
  if (dimensions.empty()) return {};
  const Bytes bytes = context.source.PlaceOf(dimensions.front()->openBracket, dimensions.back()->closeBracket);
  return context.builder.Intern(context.source.Written(bytes));
}

TypeText DescribeNamed(HdlContext& context, const NameSyntax& name) {
  const SyntaxNode& last = LastName(name);
  if (last.kind != SyntaxKind::IdentifierSelectName) return {context.Text(name), {}};
  const auto& select = last.as<IdentifierSelectNameSyntax>();
  const Bytes type = context.source.PlaceOf(FirstToken(name), select.identifier);
  const Bytes dimensions =
      context.source.PlaceOf(select.selectors.front()->openBracket, select.selectors.back()->closeBracket);
  return {context.builder.Intern(context.source.Written(type)),
          context.builder.Intern(context.source.Written(dimensions))};
}

const Dimensions* PackedDimensions(const DataTypeSyntax& type) {
  if (IntegerTypeSyntax::isKind(type.kind)) return &type.as<IntegerTypeSyntax>().dimensions;
  switch (type.kind) {
    case SyntaxKind::ImplicitType: return &type.as<ImplicitTypeSyntax>().dimensions;
    case SyntaxKind::StructType:
    case SyntaxKind::UnionType: return &type.as<StructUnionTypeSyntax>().dimensions;
    case SyntaxKind::EnumType: return &type.as<EnumTypeSyntax>().dimensions;
    default: return nullptr;
  }
}

// Multiplies widths; 0, unknown, stays so.
int32_t Times(int32_t a, int32_t b) {
  const int64_t product = int64_t{a} * b;
  return product > std::numeric_limits<int32_t>::max() ? 0 : static_cast<int32_t>(product);
}

void AddDimensions(const Dimensions& dimensions, Shape& shape) {
  for (const VariableDimensionSyntax* dimension : dimensions) {
    const graph::BitRange bounds = BoundsOf(*dimension);
    shape.bounds = shape.packed_dimensions == 0 ? bounds : graph::BitRange();
    if (shape.packed_dimensions != Shape::kManyDimensions) ++shape.packed_dimensions;
    shape.width_bits = Times(shape.width_bits, WidthOf(bounds));
  }
}

// Gives types that have a width by name, such as int, the one dimension they can be selected by.
void SetWidth(Shape& shape, int32_t width_bits) {
  shape.width_bits = width_bits;
  if (width_bits > 1) {
    shape.packed_dimensions = 1;
    shape.bounds = {width_bits - 1, 0};
  }
}

class TypeMeasure {
 public:
  TypeMeasure(HdlContext& context, ScopeId scope) : context_(context), scope_(scope) {}

  Shape Of(const DataTypeSyntax& type, int depth = 0) {
    Shape shape;
    switch (type.kind) {
      case SyntaxKind::ImplicitType:
      case SyntaxKind::LogicType:
      case SyntaxKind::RegType:
      case SyntaxKind::BitType: shape.width_bits = 1; break;
      case SyntaxKind::ByteType: SetWidth(shape, 8); break;
      case SyntaxKind::ShortIntType: SetWidth(shape, 16); break;
      case SyntaxKind::IntType:
      case SyntaxKind::IntegerType: SetWidth(shape, 32); break;
      case SyntaxKind::LongIntType:
      case SyntaxKind::TimeType: SetWidth(shape, 64); break;
      case SyntaxKind::EnumType: {
        const DataTypeSyntax* base = type.as<EnumTypeSyntax>().baseType;
        shape.width_bits = base == nullptr ? 32 : Of(*base, depth + 1).width_bits;
        break;
      }
      case SyntaxKind::StructType:
        if (depth < kMaxTypeDepth) shape.width_bits = StructWidth(type.as<StructUnionTypeSyntax>(), depth);
        break;
      case SyntaxKind::NamedType: return OfName(*type.as<NamedTypeSyntax>().name);
      default: shape.packed_dimensions = Shape::kManyDimensions; break;
    }
    if (const Dimensions* dimensions = PackedDimensions(type)) AddDimensions(*dimensions, shape);
    return shape;
  }

 private:
  int32_t StructWidth(const StructUnionTypeSyntax& type, int depth) {
    int64_t sum = 0;
    for (const StructUnionMemberSyntax* member : type.members) {
      const int32_t width = Of(*member->type, depth + 1).width_bits;
      for (const DeclaratorSyntax* declarator : member->declarators) {
        Shape field{.width_bits = width};
        AddDimensions(declarator->dimensions, field);
        if (field.width_bits == 0) return 0;
        sum += field.width_bits;
      }
    }
    return sum > std::numeric_limits<int32_t>::max() ? 0 : static_cast<int32_t>(sum);
  }

  Shape OfName(const NameSyntax& name) {
    Shape shape;
    shape.packed_dimensions = Shape::kManyDimensions;
    const SyntaxNode& last = LastName(name);
    if (&last != &name || last.kind != SyntaxKind::IdentifierName) return shape;
    const LocalNode node = context_.symbols.Find(scope_, NameOf(last.as<IdentifierNameSyntax>().identifier)).node;
    if (node == kNoNode || context_.builder.node(node).kind != NodeKind::kTypedef) return shape;
    shape = context_.ShapeOf(node);
    shape.scope = kNoScope;
    return shape;
  }

  HdlContext& context_;
  ScopeId scope_;
};

}  // namespace

std::string_view JoinWords(HdlContext& context, std::string_view first, std::string_view second) {
  if (first.empty()) return second;
  if (second.empty()) return context.builder.Intern(first);
  std::string joined(first);
  joined.append(" ").append(second);
  return context.builder.Intern(joined);
}

std::string_view JoinDimensions(HdlContext& context, std::string_view packed, const Dimensions& unpacked) {
  return unpacked.empty() ? packed : JoinWords(context, packed, DimensionText(context, unpacked));
}

std::string_view InitialValue(HdlContext& context, const EqualsValueClauseSyntax* clause) {
  return clause == nullptr ? std::string_view() : context.Text(*clause->expr);
}

TypeText DescribeType(HdlContext& context, const DataTypeSyntax& type) {
  TypeText text;
  if (const Dimensions* dimensions = PackedDimensions(type)) text.width = DimensionText(context, *dimensions);
  if (IntegerTypeSyntax::isKind(type.kind)) {
    const auto& integer = type.as<IntegerTypeSyntax>();
    text.type = JoinWords(context, integer.keyword.rawText(), integer.signing.rawText());
    return text;
  }
  switch (type.kind) {
    case SyntaxKind::ImplicitType:
      text.type = context.builder.Intern(type.as<ImplicitTypeSyntax>().signing.rawText());
      return text;
    case SyntaxKind::NamedType: return DescribeNamed(context, *type.as<NamedTypeSyntax>().name);
    case SyntaxKind::StructType:
    case SyntaxKind::UnionType: {
      const auto& members = type.as<StructUnionTypeSyntax>();
      for (const slang::parsing::Token& word :
           {members.keyword, members.taggedOrSoft, members.packed, members.signing}) {
        text.type = JoinWords(context, text.type, word.rawText());
      }
      return text;
    }
    case SyntaxKind::EnumType: {
      const auto& members = type.as<EnumTypeSyntax>();
      text.type = "enum";
      if (members.baseType != nullptr) text.type = JoinWords(context, text.type, context.Text(*members.baseType));
      return text;
    }
    default: text.type = context.Text(type); return text;
  }
}

void DeclareTypeMembers(HdlContext& context, const Place& in, LocalNode owner, const DataTypeSyntax& type) {
  const Place below{in.scope, owner};
  if (type.kind == SyntaxKind::EnumType) {
    for (const DeclaratorSyntax* member : type.as<EnumTypeSyntax>().members) {
      const LocalNode node = context.Declare({.kind = NodeKind::kEnumMember,
                                              .in = below,
                                              .name = member->name,
                                              .bytes = context.source.PlaceOf(*member),
                                              .width = JoinDimensions(context, {}, member->dimensions),
                                              .value = InitialValue(context, member->initializer)});
      if (member->initializer != nullptr) {
        context.pending_types.push_back({.place = in, .node = node, .value = member->initializer->expr});
      }
    }
  } else if (type.kind == SyntaxKind::StructType || type.kind == SyntaxKind::UnionType) {
    for (const StructUnionMemberSyntax* member : type.as<StructUnionTypeSyntax>().members) {
      const TypeText text = DescribeType(context, *member->type);
      for (const DeclaratorSyntax* declarator : member->declarators) {
        const Bytes bytes =
            member->declarators.size() == 1 ? context.source.PlaceOf(*member) : context.source.PlaceOf(*declarator);
        const LocalNode node =
            context.AddElement({.kind = NodeKind::kStructField,
                                .in = below,
                                .name = declarator->name,
                                .bytes = bytes,
                                .type = text.type,
                                .width = JoinDimensions(context, text.width, declarator->dimensions)});
        DeclareTypeMembers(context, in, node, *member->type);
        context.pending_types.push_back(
            {.place = in, .node = node, .type = member->type, .unpacked = &declarator->dimensions});
      }
    }
  }
}

void ResolveType(HdlContext& context, UseCollector& collector, const PendingType& pending) {
  std::vector<Use> uses;
  const ScopeId scope = pending.place.scope;
  Shape& shape = context.ShapeOf(pending.node);
  if (pending.type != nullptr) {
    const Shape measured = TypeMeasure(context, scope).Of(*pending.type);
    shape.width_bits = measured.width_bits;
    shape.bounds = measured.bounds;
    shape.packed_dimensions = measured.packed_dimensions;
    shape.unpacked_dimensions = measured.unpacked_dimensions;
    if (pending.type->kind == SyntaxKind::NamedType) {
      const Use named = collector.Resolve(*pending.type->as<NamedTypeSyntax>().name, scope, uses);
      AddMentions(context, pending.node, {&named, 1}, EdgeKind::kHasType);
    } else if (pending.type->kind == SyntaxKind::VirtualInterfaceType) {
      const auto& interface = pending.type->as<VirtualInterfaceTypeSyntax>();
      graph::Reference reference;
      reference.kind = EdgeKind::kHasType;
      reference.look_up = graph::LookUp::kDefinition;
      reference.from = pending.node;
      reference.name = NameOf(interface.name);
      reference.span = context.source.SpanOf(context.source.PlaceOf(interface.name));
      if (interface.modport != nullptr) reference.attributes.text = NameOf(interface.modport->member);
      context.AddReference(reference);
    } else if (pending.type->kind == SyntaxKind::EnumType) {
      // Members are elements of their own; only the base type is the element's.
      if (const DataTypeSyntax* base = pending.type->as<EnumTypeSyntax>().baseType) {
        collector.Collect(*base, scope, Role::kData, uses);
      }
    } else if (const Dimensions* dimensions = PackedDimensions(*pending.type)) {
      for (const VariableDimensionSyntax* dimension : *dimensions)
        collector.Collect(*dimension, scope, Role::kData, uses);
    }
  }
  if (pending.unpacked != nullptr) {
    shape.unpacked_dimensions = static_cast<uint8_t>(
        std::min<size_t>(shape.unpacked_dimensions + pending.unpacked->size(), Shape::kManyDimensions));
    for (const VariableDimensionSyntax* dimension : *pending.unpacked) {
      collector.Collect(*dimension, scope, Role::kData, uses);
    }
  }
  if (pending.value != nullptr) collector.Collect(*pending.value, scope, Role::kData, uses);
  AddMentions(context, pending.node, uses);
}

}  // namespace fanin::indexer
