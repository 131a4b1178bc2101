#include "retriever/wave_expression.h"

#include <algorithm>
#include <map>
#include <utility>

#include "graph/expression_text.h"

namespace fanin::retriever {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view FirstComponent(std::string_view name) {
  const size_t scope = name.rfind("::");
  const size_t begin = scope == std::string_view::npos ? 0 : scope + 2;
  return name.substr(begin, name.find('.', begin) - begin);
}

}  // namespace

class Evaluation {
  using Node = Expression::Node;
  using Kind = Expression::Kind;

 public:
  Evaluation(const Expression& expression, const NameLookUp& names) : nodes_(expression.nodes_), names_(names) {}

  // Values and widths are kept: operands are asked for again by what decides.
  const Bits& Of(uint32_t index, uint32_t width) {
    width = std::min(std::max(width, WidthOf(index)), Bits::kMaxWidth);
    const auto known = values_.find({index, width});
    if (known != values_.end()) return known->second;
    Bits value = Compute(index, width);
    return values_.emplace(std::pair(index, width), std::move(value)).first->second;
  }

 private:
  Bits Compute(uint32_t index, uint32_t width) {
    const Node& node = nodes_[index];
    switch (node.kind) {
      case Kind::kLiteral:
        if (node.is_fill) return Filled(node.literal.Bit(0), width);
        return node.literal.Resized(width, node.is_signed);
      case Kind::kName: {
        const std::optional<NamedValue> value = names_(node.text);
        return value ? value->bits.Resized(width, value->is_signed) : Bits(width);
      }
      case Kind::kUnary: return Unary(node, width);
      case Kind::kBinary: return Binary(node, width);
      case Kind::kChoice: {
        const std::optional<bool> condition = IsTrue(node.children[0]);
        if (condition) return Of(node.children[*condition ? 1 : 2], width);
        const Bits yes = Of(node.children[1], width);
        return yes == Of(node.children[2], width) ? yes : Bits(width);
      }
      case Kind::kConcat: return Concat(node).Resized(width);
      case Kind::kRepeat: return Repeat(node).Resized(width);
      case Kind::kSelect: return Select(node).Resized(width);
      case Kind::kOpaque: return Bits(width);
    }
    return Bits(width);
  }

 public:
  std::optional<bool> IsTrue(uint32_t index) { return Of(index, 0).IsTrue(); }

  void Decide(uint32_t index, std::vector<std::string>& names) {
    const Node& node = nodes_[index];
    if (node.kind == Kind::kName) {
      names.emplace_back(FirstComponent(node.text));
      return;
    }
    if (node.kind == Kind::kChoice) {
      Decide(node.children[0], names);
      const std::optional<bool> condition = IsTrue(node.children[0]);
      if (condition != false) Decide(node.children[1], names);
      if (condition != true) Decide(node.children[2], names);
      return;
    }
    if (node.kind == Kind::kBinary &&
        (node.text == "&&" || node.text == "||" || node.text == "&" || node.text == "|")) {
      const bool masks[] = {Masks(node, 0), Masks(node, 1)};
      if (masks[0] != masks[1]) return Decide(node.children[masks[0] ? 0 : 1], names);
    }
    for (const uint32_t child : node.children) Decide(child, names);
  }

 private:
  // Whether an operand alone fixes the result: a zero of an "and", ones of an "or".
  bool Masks(const Node& node, int operand) {
    if (node.text == "&&") return IsTrue(node.children[static_cast<size_t>(operand)]) == false;
    if (node.text == "||") return IsTrue(node.children[static_cast<size_t>(operand)]) == true;
    const uint32_t width = std::max(WidthOf(node.children[0]), WidthOf(node.children[1]));
    const Bits bits = Of(node.children[static_cast<size_t>(operand)], width);
    return node.text == "&" ? bits.IsTrue() == false : bits.AreAllOnes() == true;
  }

  static Bits Filled(std::optional<bool> bit, uint32_t width) {
    Bits bits(width);
    for (uint32_t i = 0; i < width; ++i) bits.SetBit(i, bit);
    return bits;
  }

  static bool GivesBool(std::string_view op) {
    for (const std::string_view one :
         {"==", "!=", "===", "!==", "==?", "!=?", "<", "<=", ">", ">=", "&&", "||", "->"}) {
      if (op == one) return true;
    }
    return false;
  }

  uint32_t WidthOf(uint32_t index) {
    if (widths_.empty()) widths_.resize(nodes_.size());
    if (widths_[index] == 0) widths_[index] = ComputeWidth(index);
    return widths_[index];
  }

  uint32_t ComputeWidth(uint32_t index) {
    const Node& node = nodes_[index];
    switch (node.kind) {
      case Kind::kLiteral: return node.literal.width();
      case Kind::kName: {
        const std::optional<NamedValue> value = names_(node.text);
        return value ? value->bits.width() : 1;
      }
      case Kind::kUnary:
        if (node.text.starts_with('\'')) return std::min<uint32_t>(CastWidth(node), Bits::kMaxWidth);
        return node.text == "~" || node.text == "-" || node.text == "+" || node.text.starts_with('$')
                   ? WidthOf(node.children[0])
                   : 1;
      case Kind::kBinary:
        if (GivesBool(node.text)) return 1;
        if (node.text.starts_with("<<") || node.text.starts_with(">>") || node.text == "**")
          return WidthOf(node.children[0]);
        return std::max(WidthOf(node.children[0]), WidthOf(node.children[1]));
      case Kind::kChoice: return std::max(WidthOf(node.children[1]), WidthOf(node.children[2]));
      case Kind::kConcat: {
        uint64_t width = 0;
        for (const uint32_t child : node.children) width += WidthOf(child);
        return static_cast<uint32_t>(std::min<uint64_t>(width, Bits::kMaxWidth));
      }
      case Kind::kRepeat: {
        const uint64_t times = Of(node.children[0], 0).Value().value_or(1);
        return static_cast<uint32_t>(std::min<uint64_t>(
            std::min<uint64_t>(times, Bits::kMaxWidth) * WidthOf(node.children[1]), Bits::kMaxWidth));
      }
      case Kind::kSelect: {
        if (node.text.empty()) return 1;
        const std::optional<uint64_t> last = Of(node.children[2], 0).Value();
        if (node.text != ":") return static_cast<uint32_t>(std::min<uint64_t>(last.value_or(1), Bits::kMaxWidth));
        const std::optional<uint64_t> first = Of(node.children[1], 0).Value();
        if (!first || !last || *first < *last) return 1;
        return static_cast<uint32_t>(std::min<uint64_t>(*first - *last + 1, Bits::kMaxWidth));
      }
      case Kind::kOpaque: return 1;
    }
    return 1;
  }

  static uint32_t CastWidth(const Node& node) {
    uint32_t width = 0;
    for (const char c : node.text) {
      if (IsDigit(c)) width = std::min(width * 10 + static_cast<uint32_t>(c - '0'), Bits::kMaxWidth);
    }
    return std::max(width, 1U);
  }

  bool IsSigned(uint32_t index) {
    const Node& node = nodes_[index];
    switch (node.kind) {
      case Kind::kLiteral: return node.is_signed;
      case Kind::kName: {
        const std::optional<NamedValue> value = names_(node.text);
        return value && value->is_signed;
      }
      case Kind::kUnary: return node.text == "$signed" || (node.text != "$unsigned" && IsSigned(node.children[0]));
      case Kind::kBinary: return !GivesBool(node.text) && IsSigned(node.children[0]) && IsSigned(node.children[1]);
      default: return false;
    }
  }

  Bits Unary(const Node& node, uint32_t width) {
    const uint32_t child = node.children[0];
    const std::string& op = node.text;
    if (op == "$signed" || op == "$unsigned") {
      const Bits bits = Of(child, 0);
      return bits.Resized(width, op == "$signed");
    }
    if (op.starts_with('\''))
      return Of(child, 0).Resized(CastWidth(node), IsSigned(child)).Resized(width, IsSigned(child));
    if (op == "~") return Not(Of(child, width));
    if (op == "+") return Of(child, width);
    if (op == "-") return Add(Bits::Of(0, width), Of(child, width), /*subtract=*/true);
    const Bits bits = Of(child, 0);
    const auto negated = [](std::optional<bool> value) { return value ? std::optional(!*value) : std::nullopt; };
    std::optional<bool> result;
    if (op == "!" || op == "~|") result = negated(bits.IsTrue());
    if (op == "|") result = bits.IsTrue();
    if (op == "&") result = bits.AreAllOnes();
    if (op == "~&") result = negated(bits.AreAllOnes());
    if (op == "^") result = bits.Parity();
    if (op == "~^" || op == "^~") result = negated(bits.Parity());
    return Bits::Bool(result).Resized(width);
  }

  Bits Binary(const Node& node, uint32_t width) {
    const std::string& op = node.text;
    const uint32_t a = node.children[0];
    const uint32_t b = node.children[1];
    if (op == "&&" || op == "||" || op == "->") {
      std::optional<bool> x = IsTrue(a);
      const std::optional<bool> y = IsTrue(b);
      if (op == "->" && x) x = !*x;
      const bool decides = op != "&&";
      if (x == decides || y == decides) return Bits::Bool(decides).Resized(width);
      return Bits::Bool(x && y ? std::optional(!decides) : std::nullopt).Resized(width);
    }
    if (GivesBool(op)) return Bits::Bool(Compare(op, a, b)).Resized(width);
    if (op.starts_with("<<") || op.starts_with(">>")) {
      const Bits value = Of(a, width);
      const std::optional<uint64_t> by = Of(b, 0).Value();
      if (!by) return Bits(width);
      Bits result = Bits::Of(0, width);
      const std::optional<bool> fill = op == ">>>" && IsSigned(a) ? value.Bit(width - 1) : std::optional(false);
      for (uint32_t i = 0; i < width; ++i) {
        if (op.starts_with("<<"))
          result.SetBit(i, i >= *by ? value.Bit(i - static_cast<uint32_t>(*by)) : std::optional(false));
        else
          result.SetBit(i, *by < width - i ? value.Bit(i + static_cast<uint32_t>(*by)) : fill);
      }
      return result;
    }
    const Bits x = Of(a, width);
    const Bits y = Of(b, width);
    if (op == "&") return And(x, y);
    if (op == "|") return Or(x, y);
    if (op == "^") return Xor(x, y);
    if (op == "~^" || op == "^~") return Not(Xor(x, y));
    if (op == "+") return Add(x, y, /*subtract=*/false);
    if (op == "-") return Add(x, y, /*subtract=*/true);
    const std::optional<uint64_t> p = x.Value();
    const std::optional<uint64_t> q = y.Value();
    if (p && q && width <= 64) {
      if (op == "*") return Bits::Of(*p * *q, width);
      if (op == "/" && *q != 0) return Bits::Of(*p / *q, width);
      if (op == "%" && *q != 0) return Bits::Of(*p % *q, width);
    }
    return Bits(width);
  }

  std::optional<bool> Compare(const std::string& op, uint32_t a, uint32_t b) {
    const uint32_t width = std::max(WidthOf(a), WidthOf(b));
    const Bits x = Of(a, width);
    const Bits y = Of(b, width);
    const bool is_signed = IsSigned(a) && IsSigned(b);
    const auto negated = [](std::optional<bool> value) { return value ? std::optional(!*value) : std::nullopt; };
    if (op == "==" || op == "===") return Equal(x, y);
    if (op == "!=" || op == "!==") return negated(Equal(x, y));
    if (op == "==?" || op == "!=?") {
      const std::optional<bool> equal = EqualWild(x, y);
      return op == "==?" ? equal : negated(equal);
    }
    if (op == "<") return Less(x, y, is_signed);
    if (op == ">") return Less(y, x, is_signed);
    if (op == "<=") return negated(Less(y, x, is_signed));
    return negated(Less(x, y, is_signed));
  }

  // Unknown bits of y match anything.
  static std::optional<bool> EqualWild(const Bits& x, const Bits& y) {
    Bits masked = x;
    for (uint32_t i = 0; i < y.width(); ++i) {
      if (!y.Bit(i)) masked.SetBit(i, std::nullopt);
    }
    bool all_known = true;
    for (uint32_t i = 0; i < y.width(); ++i) {
      if (!y.Bit(i)) continue;
      const std::optional<bool> bit = masked.Bit(i);
      if (bit && *bit != *y.Bit(i)) return false;
      if (!bit) all_known = false;
    }
    return all_known ? std::optional(true) : std::nullopt;
  }

  Bits Concat(const Node& node) {
    uint32_t width = 0;
    for (const uint32_t child : node.children) width += WidthOf(child);
    if (width > Bits::kMaxWidth) return Bits(1);
    Bits result(width);
    for (const uint32_t child : node.children) {
      const Bits part = Of(child, 0);
      width -= part.width();
      for (uint32_t i = 0; i < part.width(); ++i) result.SetBit(width + i, part.Bit(i));
    }
    return result;
  }

  Bits Repeat(const Node& node) {
    const std::optional<uint64_t> times = Of(node.children[0], 0).Value();
    const Bits part = Of(node.children[1], 0);
    if (!times || *times == 0 || *times * part.width() > Bits::kMaxWidth) return Bits(1);
    Bits result(static_cast<uint32_t>(*times) * part.width());
    for (uint32_t i = 0; i < result.width(); ++i) result.SetBit(i, part.Bit(i % part.width()));
    return result;
  }

  Bits Select(const Node& node) {
    const Node& base = nodes_[node.children[0]];
    const std::optional<uint64_t> first = Of(node.children[1], 0).Value();
    const uint32_t width = node.text.empty() ? 1 : WidthOfSelect(node);
    if (!first) return Bits(width);
    int64_t lsb = 0;
    Bits bits(1);
    if (base.kind == Kind::kName) {
      const std::optional<NamedValue> value = names_(base.text);
      if (!value) return Bits(width);
      bits = value->bits;
      lsb = value->lsb;
    } else {
      return Bits(width);  // an element of an array
    }
    int64_t low = static_cast<int64_t>(*first);
    if (node.text == ":") {
      const std::optional<uint64_t> last = Of(node.children[2], 0).Value();
      if (!last) return Bits(width);
      low = static_cast<int64_t>(*last);
    } else if (node.text == "-:") {
      low -= width - 1;
    }
    low -= lsb;
    return low < 0 || low >= bits.width() ? Bits(width) : bits.Slice(static_cast<uint32_t>(low), width);
  }

  uint32_t WidthOfSelect(const Node& node) {
    return std::max(WidthOf(static_cast<uint32_t>(&node - nodes_.data())), 1U);
  }

  const std::vector<Node>& nodes_;
  const NameLookUp& names_;
  std::map<std::pair<uint32_t, uint32_t>, Bits> values_;
  std::vector<uint32_t> widths_;  // 0: not asked yet
};

Bits Expression::Evaluate(const NameLookUp& names, uint32_t width) const {
  return Evaluation(*this, names).Of(root_, width);
}

std::vector<std::string> Expression::Deciding(const NameLookUp& names) const {
  std::vector<std::string> deciding;
  Evaluation(*this, names).Decide(root_, deciding);
  std::ranges::sort(deciding);
  deciding.erase(std::ranges::unique(deciding).begin(), deciding.end());
  return deciding;
}

std::vector<std::string> Expression::Names() const {
  std::vector<std::string> all;
  for (const Node& node : nodes_) {
    if (node.kind == Kind::kName) all.emplace_back(FirstComponent(node.text));
  }
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

std::optional<bool> MatchesItem(std::string_view item, std::string_view selector, bool with_wildcards,
                                const NameLookUp& names) {
  bool all_known = true;
  for (const std::string_view label : graph::SplitOperands(item, ",")) {
    std::string text = "(" + std::string(selector) + ") ";
    if (graph::Unwrap(label).starts_with('[')) {
      text += "inside {" + std::string(label) + "}";
    } else {
      text += (with_wildcards ? "==? (" : "== (") + std::string(label) + ")";
    }
    const std::optional<Expression> expression = Expression::Parse(text);
    const std::optional<bool> matches = expression ? expression->Evaluate(names).IsTrue() : std::nullopt;
    if (matches == true) return true;
    if (!matches) all_known = false;
  }
  return all_known ? std::optional(false) : std::nullopt;
}

}  // namespace fanin::retriever
