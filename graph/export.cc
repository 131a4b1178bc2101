#include "graph/export.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "graph/cypher_schema.h"

namespace fanin::graph {
namespace {

using cypher::EdgeProperty;
using cypher::EdgePropertyNames;
using cypher::NodeProperty;
using cypher::NodePropertyNames;

constexpr EdgeMask kExported = kAllEdges;
constexpr std::string_view kIdProperty = "id";  // the node's identity, written as such and not as a property

enum class Type : uint8_t { kText, kInteger, kReal, kBoolean };

// Properties keep one type over all elements; formats declare it up front.
Type TypeOfProperty(std::string_view name) {
  if (name == "line" || name == "end_line" || name.ends_with("msb") || name.ends_with("lsb")) return Type::kInteger;
  if (name == "confidence") return Type::kReal;
  return name == "anonymous" ? Type::kBoolean : Type::kText;
}

std::string Print(const CypherValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.value)) return *text;
  if (const auto* number = std::get_if<int64_t>(&value.value)) return std::to_string(*number);
  if (const auto* real = std::get_if<double>(&value.value)) return std::to_string(*real);
  if (const auto* truth = std::get_if<bool>(&value.value)) return *truth ? "true" : "false";
  std::string texts;  // of a list: its values, by ';'
  if (const auto* list = std::get_if<CypherValue::List>(&value.value)) {
    for (const CypherValue& item : *list) texts += (texts.empty() ? "" : ";") + Print(item);
  }
  return texts;
}

// Calls on_node for each node and on_edge for each edge that leaves it, file by file.
template <typename OnNode, typename OnEdge>
base::Status ForEachElement(const Snapshot& snapshot, const Elaboration* elaboration, const OnNode& on_node,
                            const OnEdge& on_edge) {
  for (FileRef file = 0; file < snapshot.file_count(); ++file) {
    std::vector<NodeRef> refs(snapshot.file(file).node_count);
    std::iota(refs.begin(), refs.end(), snapshot.RefOf(file, 0));
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> nodes, snapshot.GetNodes(refs));
    for (const NodeHandle& node : nodes) FANIN_RETURN_IF_ERROR(on_node(node));
    FANIN_ASSIGN_OR_RETURN(const auto edges, GetEdges(snapshot, elaboration, refs, Direction::kOut, kExported));
    for (size_t i = 0; i < refs.size(); ++i) {
      for (const Edge& edge : edges[i]) {
        FANIN_ASSIGN_OR_RETURN(const NodeHandle to, snapshot.GetNode(edge.to));
        FANIN_RETURN_IF_ERROR(on_edge(nodes[i], to, edge));
      }
    }
  }
  return {};
}

// XML 1.0 text: marks escaped, control characters (which XML cannot hold) and broken UTF-8 replaced by '?'.
std::string EscapeXml(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const size_t more = c >= 0xf0 && c < 0xf8 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : 0;
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c < 0x80) {
      out += c >= ' ' || c == '\n' || c == '\t' ? text[i] : '?';
    } else if (const std::string_view tail = text.substr(i + 1, more);
               more > 0 && c < 0xf8 && tail.size() == more &&
               std::ranges::all_of(tail, [](unsigned char t) { return (t & 0xc0) == 0x80; })) {
      out += text.substr(i, more + 1);
      i += more;
    } else {
      out += '?';
    }
  }
  return out;
}

std::string QuoteCsv(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

void AppendXmlData(std::string& out, std::string_view key, const CypherValue& value) {
  const std::string text = Print(value);
  if (text.empty()) return;
  out.append("<data key=\"").append(key).append("\">").append(EscapeXml(text)).append("</data>");
}

std::string GraphMlHead() {
  static constexpr std::string_view kTypes[] = {"string", "int", "double", "boolean"};
  std::string head =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrafting.org/xmlns\">\n";
  const auto declare = [&](std::string_view name, std::string_view of, std::string_view prefix) {
    head.append("<key id=\"").append(prefix).append(name).append("\" for=\"").append(of).append("\" attr.name=\"");
    head.append(name)
        .append("\" attr.type=\"")
        .append(kTypes[static_cast<size_t>(TypeOfProperty(name))])
        .append("\"/>\n");
  };
  for (const std::string_view name : NodePropertyNames()) {
    if (name != kIdProperty) declare(name, "node", "n.");
  }
  for (const std::string_view name : EdgePropertyNames()) declare(name, "edge", "e.");
  return head + "<graph edgedefault=\"directed\">\n";
}

}  // namespace

base::Status ExportGraphMl(const Snapshot& snapshot, const Elaboration* elaboration, const ExportSink& out) {
  FANIN_RETURN_IF_ERROR(out(GraphMlHead()));
  FANIN_RETURN_IF_ERROR(ForEachElement(
      snapshot, elaboration,
      [&](const NodeHandle& node) {
        std::string line = "<node id=\"" + snapshot.IdOf(node).ToHex() + "\">";
        for (const std::string_view name : NodePropertyNames()) {
          if (name != kIdProperty)
            AppendXmlData(line, "n." + std::string(name), *NodeProperty(snapshot, elaboration, node, name));
        }
        return out(line + "</node>\n");
      },
      [&](const NodeHandle& from, const NodeHandle& to, const Edge& edge) {
        std::string line =
            "<edge source=\"" + snapshot.IdOf(from).ToHex() + "\" target=\"" + snapshot.IdOf(to).ToHex() + "\">";
        for (const std::string_view name : EdgePropertyNames()) {
          AppendXmlData(line, "e." + std::string(name), *EdgeProperty(edge, name));
        }
        return out(line + "</edge>\n");
      }));
  return out("</graph>\n</graphml>\n");
}

base::Status ExportNeo4jCsv(const Snapshot& snapshot, const Elaboration* elaboration, const ExportSink& nodes,
                            const ExportSink& edges) {
  static constexpr std::string_view kTypes[] = {"", ":int", ":double", ":boolean"};
  std::string head = "id:ID,:LABEL";
  for (const std::string_view name : NodePropertyNames()) {
    if (name != kIdProperty) head.append(",").append(name).append(kTypes[static_cast<size_t>(TypeOfProperty(name))]);
  }
  FANIN_RETURN_IF_ERROR(nodes(head + "\n"));
  head = ":START_ID,:END_ID,:TYPE";
  for (const std::string_view name : EdgePropertyNames()) {
    head.append(",").append(name).append(kTypes[static_cast<size_t>(TypeOfProperty(name))]);
  }
  FANIN_RETURN_IF_ERROR(edges(head + "\n"));
  const auto field = [](const CypherValue& value) {
    const std::string text = Print(value);
    return text.empty() ? "," : "," + QuoteCsv(text);
  };
  return ForEachElement(
      snapshot, elaboration,
      [&](const NodeHandle& node) {
        std::string line = snapshot.IdOf(node).ToHex() + "," + cypher::LabelOf(node->kind);
        for (const std::string_view name : NodePropertyNames()) {
          if (name != kIdProperty) line += field(*NodeProperty(snapshot, elaboration, node, name));
        }
        return nodes(line + "\n");
      },
      [&](const NodeHandle& from, const NodeHandle& to, const Edge& edge) {
        std::string line =
            snapshot.IdOf(from).ToHex() + "," + snapshot.IdOf(to).ToHex() + "," + cypher::TypeOf(edge.kind);
        for (const std::string_view name : EdgePropertyNames()) line += field(*EdgeProperty(edge, name));
        return edges(line + "\n");
      });
}

}  // namespace fanin::graph
