// The whole graph of a snapshot in forms that other graph tools read.
#pragma once

#include <functional>
#include <string_view>

#include "base/error.h"
#include "graph/elaboration.h"
#include "graph/snapshot.h"

namespace fanin::graph {

// Takes a piece of output; an error (a full disk) ends the export.
using ExportSink = std::function<base::Status(std::string_view)>;

// `elaboration` below: as CypherRequest::elaboration (cypher.h); may be null.

// GraphML 1.0: every node and edge with the properties of docs/query_language.md; node
// ids are NodeId in hexadecimal. Order: by file, then by position. Cost: one pass; memory: one file's nodes and edges.
base::Status ExportGraphMl(const Snapshot& snapshot, const Elaboration* elaboration, const ExportSink& out);

// The two files of Neo4j's bulk importer (neo4j-admin database import full --nodes=nodes.csv
// --relationships=edges.csv): header line with :ID, :LABEL, :START_ID, :END_ID, :TYPE and typed properties, RFC 4180
// quoting.
base::Status ExportNeo4jCsv(const Snapshot& snapshot, const Elaboration* elaboration, const ExportSink& nodes,
                            const ExportSink& edges);

}  // namespace fanin::graph
