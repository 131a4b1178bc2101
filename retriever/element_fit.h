// Which element of a passage the atoms of a query speak of. Internal to search*.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "graph/shard.h"
#include "retriever/query_eval.h"
#include "retriever/ranking_weights.h"

namespace fanin::retriever {

// What the query asks for by kind: atoms that hold for all of it; nullopt: it says nothing of kinds.
std::optional<KindSet> KindsAsked(const Query& condition, const CompiledQuery& compiled);
// REQUIRES: kinds is not empty.
Level LevelOf(const KindSet& kinds);
// Port, parameter, signal, enum member, struct field, type or macro: what passages show by the dozen.
bool IsDeclaration(graph::NodeKind kind);

// How well a node fits the kind:, name:, instance_of:, drives: and reads: atoms that its passage satisfies; greater is
// better.
size_t FitOf(std::span<const Query* const> satisfied, const CompiledQuery& compiled, const graph::Shard& shard,
             graph::LocalNode node);

}  // namespace fanin::retriever
