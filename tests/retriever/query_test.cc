#include "retriever/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "retriever/query_parser.h"

namespace fanin::retriever {
namespace {

using ::testing::ElementsAre;

QueryPtr Parsed(const std::string& text) {
  auto query = ParseQuery(text);
  EXPECT_TRUE(query.has_value()) << query.error();
  return query.has_value() ? *query : MakeQuery(Nothing{});
}

std::string Simplified(const std::string& text, const Decide& decide = nullptr) {
  return ToString(*Simplify(Parsed(text), decide));
}

// repo:yes is true, repo:no false, all else unknown.
std::optional<bool> DecideRepositories(const Query& leaf) {
  const auto* atom = leaf.As<Atom>();
  if (atom == nullptr || atom->key != Key::kRepo) return std::nullopt;
  return atom->value.text == "yes";
}

TEST(Simplify, FlattensAndLiftsAndDropsDoubleNegation) {
  EXPECT_EQ(Simplified("((kind:module)) (name:a (name:b name:c))"), "kind:module name:a name:b name:c");
  EXPECT_EQ(Simplified("(name:a OR (name:b OR name:c)) x1"), "(name:a OR name:b OR name:c) x1");
  EXPECT_EQ(Simplified("-(-name:a)"), "name:a");
}

TEST(Simplify, DropsWordsThatCarryNothing) {
  EXPECT_EQ(Simplified("where is the name:a ?"), "name:a");
  EXPECT_EQ(Simplified("the"), "<all>");
  EXPECT_EQ(Simplified("-the name:a"), "name:a");
  EXPECT_EQ(Simplified("the OR name:a"), "name:a");
  EXPECT_EQ(Simplified("() name:a"), "name:a");
}

TEST(Simplify, FoldsWhatIsDecided) {
  EXPECT_EQ(Simplified("repo:yes name:a", DecideRepositories), "name:a");
  EXPECT_EQ(Simplified("repo:no name:a", DecideRepositories), "<none>");
  EXPECT_EQ(Simplified("-repo:no name:a", DecideRepositories), "name:a");
  EXPECT_EQ(Simplified("repo:no OR name:a", DecideRepositories), "name:a");
  EXPECT_EQ(Simplified("(repo:yes OR name:a) name:b", DecideRepositories), "name:b");
  EXPECT_EQ(Simplified("repo:yes", DecideRepositories), "<all>");
  EXPECT_EQ(Simplified("-(repo:yes OR x1)", DecideRepositories), "<none>");
}

TEST(Query, WordsRankAndTheRestIsTheCondition) {
  const QueryPtr query = Parsed("gray -binary (pointer OR kind:module) counter");
  EXPECT_THAT(RankingWords(*query), ElementsAre("gray", "pointer", "counter"));
  EXPECT_EQ(ToString(*Condition(Simplify(query))), "-binary (pointer OR kind:module)");
  EXPECT_EQ(ToString(*Condition(Simplify(Parsed("only words")))), "<all>");
  EXPECT_EQ(ToString(*Condition(Simplify(Parsed("word")))), "<all>");
}

// Truth of a query for a document that has exactly the names in `names`.
bool Holds(const Query& query, const std::string& names) {
  if (query.As<Everything>()) return true;
  if (query.As<Nothing>()) return false;
  if (const auto* negation = query.As<Not>()) return !Holds(*negation->child, names);
  if (const auto* conjunction = query.As<And>()) {
    return std::ranges::all_of(conjunction->children, [&](const QueryPtr& child) { return Holds(*child, names); });
  }
  if (const auto* disjunction = query.As<Or>()) {
    return std::ranges::any_of(disjunction->children, [&](const QueryPtr& child) { return Holds(*child, names); });
  }
  return names.find(query.As<Atom>()->value.text) != std::string::npos;
}

std::string RandomAtoms(std::mt19937& random, int depth) {
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  std::string query;
  for (int i = 0, items = 1 + pick(3); i < items; ++i) {
    if (i > 0) query += pick(2) == 0 ? " OR " : " ";
    if (pick(3) == 0) query += "-";
    query += depth > 0 && pick(2) == 0 ? "(" + RandomAtoms(random, depth - 1) + ")"
                                       : std::string("name:") + static_cast<char>('a' + pick(3));
  }
  return query;
}

TEST(Simplify, KeepsTheMeaningOfEveryQuery) {
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = RandomAtoms(random, 3);
    const QueryPtr query = Parsed(text);
    const QueryPtr simple = Simplify(query);
    for (const char* names : {"", "a", "b", "c", "ab", "ac", "bc", "abc"}) {
      EXPECT_EQ(Holds(*query, names), Holds(*simple, names)) << text << " as " << ToString(*simple) << " of " << names;
    }
    // name:a is known: deciding it gives what the truth of a gives.
    for (const bool truth : {false, true}) {
      const QueryPtr decided = Simplify(query, [truth](const Query& leaf) -> std::optional<bool> {
        return leaf.As<Atom>()->value.text == "a" ? std::optional(truth) : std::nullopt;
      });
      EXPECT_EQ(Holds(*query, truth ? "ab" : "b"), Holds(*decided, "b")) << text;
    }
  }
}

}  // namespace
}  // namespace fanin::retriever
