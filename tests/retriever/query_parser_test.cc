#include "retriever/query_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace fanin::retriever {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Reprint(const std::string& query) {
  const auto parsed = ParseQuery(query);
  if (!parsed.has_value()) return "error: " + parsed.error().message;
  return ToString(**parsed);
}

std::string ErrorOf(const std::string& query) {
  const auto parsed = ParseQuery(query);
  if (parsed.has_value()) return "parsed as " + ToString(**parsed);
  EXPECT_EQ(parsed.error().code, base::Code::kInvalidArgument);
  return parsed.error().message;
}

TEST(QueryParser, ReadsEveryKindOfItem) {
  EXPECT_EQ(Reprint("  write   pointer "), "write pointer");
  EXPECT_EQ(Reprint("kind:always_ff \"exact text\" /re+/ -x -(a b)"), "kind:always_ff \"exact text\" /re+/ -x -(a b)");
  EXPECT_EQ(Reprint("in:\"my mod\" FILE:rtl/*.sv path:a.v"), "in:\"my mod\" file:rtl/*.sv file:a.v");
  EXPECT_EQ(Reprint("drives:/^wr_ptr/ clock:clk_?"), "drives:/^wr_ptr/ clock:clk_?");
}

TEST(QueryParser, OrBindsWeakerThanASpace) {
  const auto query = ParseQuery("a b OR c");
  ASSERT_TRUE(query.has_value());
  const auto* disjunction = (*query)->As<Or>();
  ASSERT_NE(disjunction, nullptr);
  ASSERT_EQ(disjunction->children.size(), 2U);
  EXPECT_NE(disjunction->children[0]->As<And>(), nullptr);
  EXPECT_EQ(Reprint("(a OR b) c"), "(a OR b) c");
  EXPECT_EQ(Reprint("order or ORDER"), "order or ORDER");
}

TEST(QueryParser, CodeThatLooksLikeSyntaxIsWords) {
  EXPECT_EQ(Reprint("pkg::name"), "pkg::name");
  EXPECT_EQ(Reprint("note: this"), "note: this");
  EXPECT_EQ(Reprint("a - b --top x-y"), "a - b --top x-y");
  EXPECT_EQ(Reprint("[7:0] 3'b101 and/or"), "[7:0] 3'b101 and/or");
  EXPECT_EQ(Reprint("foo()"), "foo ()");
}

TEST(QueryParser, SlashesInARegexCloseItOnlyBeforeAnEnd) {
  const auto query = ParseQuery("/a/b\\/c\\\\/ d");
  ASSERT_TRUE(query.has_value()) << query.error();
  const auto* conjunction = (*query)->As<And>();
  ASSERT_NE(conjunction, nullptr);
  EXPECT_EQ(conjunction->children[0]->As<Regex>()->pattern, "a/b/c\\\\");
}

TEST(QueryParser, QuotedTextKeepsWhatIsInIt) {
  const auto query = ParseQuery(R"("a \"b\" \\ \d (x) OR")");
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ((*query)->As<Phrase>()->text, R"(a "b" \ \d (x) OR)");
}

TEST(QueryParser, StarsOfQuotedValuesAreLiteral) {
  EXPECT_EQ((*ParseQuery("name:\"a*b\""))->As<Atom>()->value.type, Pattern::Type::kLiteral);
  EXPECT_EQ((*ParseQuery("name:a*b"))->As<Atom>()->value.type, Pattern::Type::kGlob);
  EXPECT_EQ((*ParseQuery("name:/a*b/"))->As<Atom>()->value.type, Pattern::Type::kRegex);
}

TEST(QueryParser, ErrorsMarkThePlaceAndSuggest) {
  EXPECT_EQ(ErrorOf("fifo knd:module"),
            "unknown key 'knd' at byte 5; did you mean 'kind'? (quote the text to search for it)\n"
            "  fifo knd:module\n"
            "       ^~~");
  EXPECT_THAT(ErrorOf("kind:modul"),
              AllOf(HasSubstr("no kind is 'modul' at byte 5; did you mean 'module'?"), HasSubstr("\n       ^~~~~")));
  EXPECT_THAT(ErrorOf("kind:alwaysff"), HasSubstr("did you mean 'always_ff'?"));
  EXPECT_THAT(ErrorOf("licence:MIT"), HasSubstr("did you mean 'license'?"));
  EXPECT_THAT(ErrorOf("lang:verlog"), HasSubstr("did you mean 'verilog'?"));
  EXPECT_THAT(ErrorOf("zzzzzz:x"), Not(HasSubstr("did you mean")));
}

TEST(QueryParser, BadSyntaxIsNamed) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("empty"));
  EXPECT_THAT(ErrorOf(" \t\n"), HasSubstr("empty"));
  EXPECT_THAT(ErrorOf("a \"b"), HasSubstr("at byte 2"));
  EXPECT_THAT(ErrorOf("a /b"), HasSubstr("without its closing '/' at byte 2"));
  EXPECT_THAT(ErrorOf("file:/rtl/x.sv"), HasSubstr("paths begin without '/'"));
  EXPECT_THAT(ErrorOf("/a(/"), HasSubstr("bad regular expression: missing )"));
  EXPECT_THAT(ErrorOf("name:/[/"), HasSubstr("at byte 5"));
  EXPECT_THAT(ErrorOf("(a"), HasSubstr("'(' without ')' at byte 0"));
  EXPECT_THAT(ErrorOf("a)"), HasSubstr("')' without '(' at byte 1"));
  EXPECT_THAT(ErrorOf(")"), HasSubstr("')' without '(' at byte 0"));
  EXPECT_THAT(ErrorOf("OR a"), HasSubstr("nothing before OR at byte 0"));
  EXPECT_THAT(ErrorOf("a OR"), HasSubstr("nothing after OR"));
  EXPECT_THAT(ErrorOf("(a OR )"), HasSubstr("nothing after OR"));
  EXPECT_THAT(ErrorOf("kind: module"), HasSubstr("no value after 'kind:'"));
  EXPECT_THAT(ErrorOf("name:\"\""), HasSubstr("no value after 'name:'"));
  EXPECT_THAT(ErrorOf("\"\""), HasSubstr("an empty phrase"));
}

TEST(QueryParser, TheCaretStandsBelowThePlaceInUnicodeText) {
  EXPECT_THAT(ErrorOf("größe knd:x"), HasSubstr("at byte 8"));
  EXPECT_THAT(ErrorOf("größe knd:x"), HasSubstr("\n  größe knd:x\n        ^~~"));
}

TEST(QueryParser, LimitsAreErrors) {
  EXPECT_THAT(ErrorOf(std::string(kMaxQueryBytes + 1, 'a')), HasSubstr("longer than"));
  EXPECT_THAT(ErrorOf(std::string(kMaxQueryDepth + 1, '(') + "a" + std::string(kMaxQueryDepth + 1, ')')),
              HasSubstr("levels of parentheses"));
  std::string many;
  for (size_t i = 0; i <= kMaxQueryItems; ++i) many += "a ";
  EXPECT_THAT(ErrorOf(many), HasSubstr("items"));
  EXPECT_THAT(ErrorOf("/" + std::string(1001, 'a') + "/"), HasSubstr("more than 1000 bytes"));
  EXPECT_THAT(ErrorOf("/((a{100}){100}){100}/"), HasSubstr("bad regular expression"));
}

TEST(QueryParser, ExamplesOfTheDocumentationParse) {
  std::ifstream page(FANIN_SOURCE_DIR "/docs/query_syntax.md");
  ASSERT_TRUE(page.is_open());
  bool in_examples = false;
  size_t examples = 0;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) in_examples = line == "## Examples";
    if (!in_examples || !line.starts_with("| `")) continue;
    const std::string query = line.substr(3, line.find('`', 3) - 3);
    EXPECT_TRUE(ParseQuery(query).has_value()) << query;
    ++examples;
  }
  EXPECT_GE(examples, 20U);
}

// A random query of the grammar.
std::string RandomQuery(std::mt19937& random, int depth) {
  static const std::vector<std::string> kLeaves = {
      "word",         "wr_ptr",   "\"a b\"",     R"("q\"\\")",     "/a.b/", R"(/x\/y\\/)", "kind:module", "name:fifo*",
      "name:\"a b\"", "in:/^x$/", "file:dv/",    "-file:**/x.v",   "-word", "a:b::c",      "-\"x\"",      "lang:sv",
      "clock:c?k",    "repo:r",   "license:mit", "drives:/a\\/b/", "-",     "--x",         "OR1",         "\xff\xfe"};
  const auto pick = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  std::string query;
  const size_t items = 1 + pick(4);
  for (size_t i = 0; i < items; ++i) {
    if (i > 0) query += pick(4) == 0 ? " OR " : " ";
    if (depth > 0 && pick(4) == 0) {
      query += (pick(3) == 0 ? "-(" : "(") + RandomQuery(random, depth - 1) + ")";
    } else {
      query += kLeaves[pick(kLeaves.size())];
    }
  }
  return query;
}

TEST(QueryParser, PrintingAndParsingAreStable) {
  std::mt19937 random(7);
  for (int i = 0; i < 5000; ++i) {
    const std::string source = RandomQuery(random, 3);
    const auto first = ParseQuery(source);
    if (!first.has_value()) continue;
    const std::string printed = ToString(**first);
    const auto second = ParseQuery(printed);
    ASSERT_TRUE(second.has_value()) << source << "\nprinted as " << printed << "\n" << second.error();
    EXPECT_TRUE(Equal(**first, **second)) << source << "\nprinted as " << printed;
    EXPECT_EQ(ToString(**second), printed);
  }
}

TEST(QueryParser, RandomBytesNeitherCrashNorGiveBadMessages) {
  std::mt19937 random(11);
  const std::string alphabet = "ab:/\\\"()-* ?OR\n\t.[]{}|^$+_\x01\x80\xc3\xa9\xff";
  size_t parsed = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string query(std::uniform_int_distribution<size_t>(0, 40)(random), ' ');
    for (char& c : query) {
      c = i % 2 == 0 ? alphabet[std::uniform_int_distribution<size_t>(0, alphabet.size() - 1)(random)]
                     : static_cast<char>(std::uniform_int_distribution<int>(0, 255)(random));
    }
    const auto result = ParseQuery(query);
    if (result.has_value()) {
      ++parsed;
      EXPECT_TRUE(ParseQuery(ToString(**result)).has_value()) << ToString(**result);
    } else {
      // Two lines below the message, no control characters: fit for a terminal and for a protobuf string.
      const std::string& message = result.error().message;
      EXPECT_LE(std::count(message.begin(), message.end(), '\n'), 2);
      EXPECT_EQ(message.find('\x01'), std::string::npos);
      EXPECT_EQ(message.find('\xff'), std::string::npos);
    }
  }
  EXPECT_GT(parsed, 1000U);
}

}  // namespace
}  // namespace fanin::retriever
